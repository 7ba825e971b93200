// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/client.hpp"

#include <signal.h>

#include <catch2/catch.hpp>

#include "cli/responder.hpp"

using namespace klab;
using namespace klab::cli;
using klab::cli::test::Answer;
using klab::cli::test::Responder;

TEST_CASE("client: body, status and the report's exit code") {
  Responder daemon(
      {{"GET /api/x?format=text", {{200, "hello", "1"}}}, {"POST /api/y", {{201, R"({"id":3})", ""}}}});
  Client client(daemon.socket());
  const auto got = client.get("/api/x?format=text");
  REQUIRE(got.has_value());
  CHECK(got->body == "hello");
  CHECK(got->exit_code == 1);
  const auto posted = client.post("/api/y", "the body");
  REQUIRE(posted.has_value());
  CHECK(posted->status == 201);
  CHECK_FALSE(posted->exit_code.has_value());
  CHECK(daemon.bodies() == std::vector<std::string>{"the body"});
  CHECK(parse_object(*posted)->at("id") == 3);
}

TEST_CASE("client: an answer of several megabytes arrives whole") {
  const std::string large(12u << 20, 'x');
  Responder daemon({{"GET /large", {{200, large, ""}}}, {"POST /large", {{200, "taken", ""}}}});
  Client client(daemon.socket());
  const auto got = client.get("/large");
  REQUIRE(got.has_value());
  CHECK(got->body == large);
}

TEST_CASE("client: the daemon's errors keep kind, message and tail") {
  Responder daemon({{"GET /input", {{400, R"({"error":"cannot use x","tail":"a\nb","kind":"input"})", ""}}},
                    {"GET /forbidden", {{403, R"({"error":"cannot submit","tail":"","kind":"input"})", ""}}},
                    {"GET /failed", {{400, R"({"error":"no","tail":"","kind":"failed"})", ""}}},
                    {"GET /plain", {{502, "<html>", ""}}},
                    {"GET /list", {{200, "[1]", ""}}},
                    {"GET /broken", {{200, "{", ""}}}});
  Client client(daemon.socket());
  auto error = client.get("/input").error();
  CHECK(error.kind == ErrorKind::input);
  CHECK(error.message == "cannot use x");
  CHECK(error.tail == "a\nb");
  CHECK(client.get("/forbidden").error().kind == ErrorKind::lab);
  CHECK(client.get("/failed").error().kind == ErrorKind::failed);
  error = client.get("/plain").error();
  CHECK(error.kind == ErrorKind::lab);
  CHECK(error.message == "cannot use the answer of klabd: HTTP status 502 without an explanation");
  CHECK(parse_object(*client.get("/list")).error().message ==
        "cannot use the answer of klabd: not a JSON object; klab and klabd may be of different versions");
  CHECK(parse_object(*client.get("/broken")).error().message ==
        "cannot use the answer of klabd: not valid JSON; klab and klabd may be of different versions");
}

TEST_CASE("client: no daemon, with the remedy") {
  const auto error = Client("/nonexistent/klabd.sock").get("/api/version").error();
  CHECK(error.kind == ErrorKind::lab);
  CHECK(
      error.message ==
      "cannot reach klabd at \"/nonexistent/klabd.sock\": No such file or directory; start it with ./lab up or systemctl start klabd");
  const std::string long_path = "/" + std::string(200, 'a');
  CHECK(Client(long_path).get("/").error().message ==
        "cannot reach klabd at \"" + long_path +
            "\": the path is longer than a socket's may be; start it with ./lab up or systemctl start klabd");
}

TEST_CASE("client: an interrupt ends the requests to come") {
  Responder daemon({{"GET /x", {{200, "hello", ""}}}});
  Client client(daemon.socket());
  client.detach_on_interrupt();
  CHECK(client.get("/x").has_value());
  ::raise(SIGINT);
  client.pause(std::chrono::hours(1));  // ends with the signal
  CHECK(client.interrupted());
  CHECK(client.get("/x").error().kind == ErrorKind::stopped);
  CHECK(daemon.asked().size() == 1);
}
