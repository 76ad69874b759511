"""The client against a real server process on loopback, see server.py; gRPC where tensorflow-serving-api is."""

import base64
import socket
import sys
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_course.cli.main import main
from tfgan_course.errors import UserError
from tfgan_course.serving.client import connect, sample


@pytest.fixture(params=["rest", "grpc"])
def address(request, server) -> str:
    if request.param == "grpc":
        pytest.importorskip(
            "tensorflow_serving.apis",
            reason="needs the extra `serving`: without it the client's gRPC half is not tested at all",
        )
    return getattr(server, request.param)


def failure(address: str, model: str = "gan", classes: list[int | str] | None = (0,), **options) -> UserError:
    """The error of a request that fails."""
    options = {"timeout": 10.0, "retries": 0, **options}
    with pytest.raises(UserError) as caught:
        sample(connect(address, model, **options), 3, classes=classes)
    return caught.value


def test_images_are_the_models_in_batches_of_any_size(address, model):
    served = tf.saved_model.load(str(model / "1")).signatures["sample"]
    labels = tf.constant([2, 0, 2, 0, 2, 0, 2], tf.int32)
    expected = served(seed=tf.range(40, 47, dtype=tf.int64), truncation=tf.fill([7], 0.7), labels=labels)["images"]
    for batch in (3, 32):
        images = sample(connect(address), 7, seed=40, classes=[2, 0], truncation=0.7, batch=batch)
        assert images.dtype == np.uint8
        assert images.shape == (7, 28, 28, 1)
        assert np.abs(np.int32(images) - expected.numpy()).max() <= 1


def test_a_model_without_classes(address):
    images = sample(connect(address, "plain", version=1), 2)
    assert images.shape == (2, 8, 8, 1)


def test_command_writes_a_grid_and_a_folder(address, tmp_path):
    words = ["request", "--server", address, "--classes", "1", "--count", "5"]
    assert main([*words, "--out", str(tmp_path / "grid.png")]) == 0
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size == (3 * 28 + 4, 2 * 28 + 2)
    assert main([*words, "--out", str(tmp_path / "images")]) == 0
    assert len(list((tmp_path / "images").iterdir())) == 5


def test_what_the_user_got_wrong_is_said(address):
    received = failure(address, classes=[3]).received
    assert "[labels must be 0 to 2; got] [3" in received
    assert "node" not in received
    assert "classes must be 0 to 2 or Trouser, Coat, Bag" in failure(address, classes=["3"]).received
    assert failure(address, classes=None).received == "none"
    assert failure(address, "plain").received == "0"
    assert "nobody" in failure(address, "nobody").expected
    assert "version 9" in failure(address, version=9).expected


def test_classes_by_name_number_and_text(address):
    server = connect(address)
    np.testing.assert_array_equal(sample(server, 3, classes=["Bag", 0, "1"]), sample(server, 3, classes=[2, 0, 1]))


def test_another_model_is_told_by_its_signatures(address):
    assert "serving_default(x)" in failure(address, "other", classes=None).received


def test_garbage_is_refused(address):
    assert "garbage-gan" in failure(address, "garbage-gan").expected
    error = failure(address, "few-gan")
    assert ("3 images" in error.expected, error.received) == (True, "2")
    assert "PNG" in failure(address, "broken-gan").expected


def test_a_slow_server_costs_the_timeout_and_no_more(address):
    start = time.monotonic()
    received = failure(address, "slow-gan", timeout=0.3, retries=1).received
    assert "no answer within 0.3 seconds" in received
    assert "2 times" in received
    assert time.monotonic() - start < 30  # it would sleep for a minute


def test_a_server_that_drips_is_slow(server):
    assert "no answer within 0.4 seconds" in failure(server.rest, "drip-gan", timeout=0.4).received


def test_a_server_that_drips_its_header_is_slow():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while True:
                    connection.sendall(b"a")
                    time.sleep(0.1)

        threading.Thread(target=answer, daemon=True).start()
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        assert "no answer within 0.4 seconds" in failure(address, timeout=0.4).received


def test_a_busy_server_is_asked_again(address):
    assert "not yet available" in failure(address, "busy-gan").received
    assert sample(connect(address, "busy-gan", retries=1), 2, classes=[0]).shape == (2, 28, 28, 1)


def test_a_server_that_is_down_is_said_to_be(address):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"{'grpc://' if address.startswith('grpc') else ''}127.0.0.1:{free.getsockname()[1]}"
    error = failure(nobody)
    assert nobody.removeprefix("grpc://") in error.expected
    assert "seconds" not in error.received  # it was refused at once


def test_ports_taken_for_each_other(server):
    pytest.importorskip("tensorflow_serving.apis", reason="needs the extra `serving`: wrong ports are not tested")
    assert "grpc://" in failure(server.grpc.removeprefix("grpc://")).remedy
    assert "no answer" in failure(f"grpc://{server.rest}").received


BROKEN_PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\x00\x00\x00\x01IHDR" + bytes(20)).decode()


@pytest.mark.parametrize(
    "images",
    [[{"b64": "ünicode"}], [{"b64": 5}], [{"b64": BROKEN_PNG}], [{"b64": ""}], [[]], None, {"a": 1}],
    ids=["no base64", "number", "broken header", "empty", "lists", "null", "mapping"],
)
def test_images_that_are_none(images):
    server = connect("localhost:8501")
    server._exchange = lambda *request: {"outputs": images}
    with pytest.raises(UserError) as error:
        server.predict({"seed": np.arange(1)})
    assert "localhost:8501" in error.value.expected


def test_brackets_without_end_are_no_json():
    with pytest.raises(UserError) as error:
        connect("localhost:8501")._understood(200, b"[" * 100_000)
    assert "JSON" in error.value.expected


@pytest.mark.parametrize("wrong", [{"seed": 2**63 - 2}, {"seed": 10**30}, {"classes": [2**31]}, {"classes": [-1]}])
def test_numbers_too_large_for_the_servers_types(address, wrong):
    with pytest.raises(UserError) as error:
        sample(connect(address), 3, **{"classes": [0], **wrong})
    assert error.value.received == str(next(iter(wrong.values()))).strip("[]")


def test_waiting_without_end_is_possible(address):
    assert sample(connect(address, "plain", timeout=float("inf")), 1).shape == (1, 8, 8, 1)


def test_what_is_no_http_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        threading.Thread(target=answer, daemon=True).start()
        assert "HTTP" in failure(f"127.0.0.1:{listening.getsockname()[1]}").expected


def test_a_connection_that_breaks_off_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"meta')

        threading.Thread(target=answer, daemon=True).start()
        assert "no answer" in failure(f"127.0.0.1:{listening.getsockname()[1]}").received


@pytest.mark.parametrize("address", ["localhost", "ftp://localhost:8501", "localhost:port", "localhost:99999", ""])
def test_addresses_that_are_none(address):
    with pytest.raises(UserError) as error:
        connect(address)
    assert error.value.received == repr(address)


def test_grpc_without_its_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving", None)
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    with pytest.raises(UserError) as error:
        connect("grpc://localhost:8500")
    assert "`serving`" in error.value.expected
    assert "tensorflow_serving" in error.value.received


def test_an_ending_that_no_picture_has_is_found_before_asking(tmp_path, capsys):
    assert main(["request", "--server", "127.0.0.1:1", "--out", str(tmp_path / "grid.pgn")]) == 2
    assert ".pgn" in capsys.readouterr().err


def test_a_model_of_an_earlier_export_knows_numbers_only(address):
    server = connect(address)
    server.inputs.pop("class_numbers")
    assert sample(server, 1, classes=["2"]).shape == (1, 28, 28, 1)
    with pytest.raises(UserError) as error:
        sample(server, 1, classes=["Bag"])
    assert error.value.received == "Bag"
