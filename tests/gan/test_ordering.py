"""In the graphs that TensorFlow executes, the order of every read and write of a variable is fixed.

Grappler, TensorFlow's graph optimizer, may remove the edges that put a read before the next update. Then a step
sometimes gives another result, on a busy machine.
"""

from collections import defaultdict
from collections.abc import Callable

import pytest
import tensorflow as tf

# No public way leads to the graph after Grappler.
from tensorflow.python.eager import context

from tests import tiny
from tfgan_course.objectives.terms import DRAGAN, R1, GradientPenalty
from tfgan_course.optimizers.optimizers import SGD, Adam, RMSProp


def executed(function: Callable, *args) -> list[tf.compat.v1.GraphDef]:
    """Call the function, and return its graphs as they were executed."""
    context.enable_run_metadata()
    try:
        function(*args)
        metadata = context.export_run_metadata()
    finally:
        context.disable_run_metadata()
    return [part for graph in metadata.function_graphs for part in graph.partition_graphs]


def unordered(graph: tf.compat.v1.GraphDef) -> tuple[list[tuple[str, str]], int]:
    """Return the pairs of a write and another access of one variable without an order, and the number of all pairs."""
    nodes = {node.name: node for node in graph.node}
    inputs = {node.name: [name.lstrip("^").split(":")[0] for name in node.input] for node in graph.node}

    def all_before(name: str) -> set[str]:
        found, new = set(), [name]
        while new:
            ahead = set(inputs[new.pop()]) - found
            found |= ahead
            new += ahead
        return found

    accesses = defaultdict(list)
    for node in graph.node:
        if "VariableOp" in node.op or node.op.startswith("Resource"):
            variable = inputs[node.name][0]
            while nodes[variable].op == "Identity":
                variable = inputs[variable][0]
            accesses[variable].append(node.name)
    pairs, found = 0, []
    for names in accesses.values():
        for write in (name for name in names if nodes[name].op not in ("ReadVariableOp", "ResourceGather")):
            for other in (name for name in names if name != write):
                pairs += 1
                if write not in all_before(other) and other not in all_before(write):
                    found.append((write, other))
    return found, pairs


@pytest.mark.parametrize("optimizer", [SGD, Adam, RMSProp])
@pytest.mark.parametrize("term", [GradientPenalty, DRAGAN, R1])
def test_weights_change_only_after_penalties_have_read_them(term, optimizer):
    gan = tiny.gan(
        critic_terms=[term()],
        critic_optimizer=optimizer(0.1).build(),
        generator_optimizer=optimizer(0.1).build(),
        critic_updates=2,
        joint_batches=False,
    )
    function = tf.function(gan.train_step, autograph=False)
    graphs = executed(function, tf.constant(tiny.images(16)))
    results = [unordered(graph) for graph in graphs]
    assert sum(pairs for _, pairs in results) > 50
    assert not [pair for found, _ in results for pair in found]
