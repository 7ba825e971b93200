// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/gate.hpp"

#include <catch2/catch.hpp>

using namespace klab;

namespace {

Peer writer() { return {.name = "u", .may_read = true, .may_write = true, .is_page_reader = false}; }
Peer page() { return {.name = "", .may_read = true, .may_write = false, .is_page_reader = true}; }

std::string refusal(const RequestHead& head, const Peer& peer) {
  const auto refused = refuse_request(head, peer, {"lab.example.org", ""});
  return refused ? fmt::format("{} {}", refused->status, refused->body) : "";
}

RequestHead post(std::string_view type = "application/json") {
  return {.method = "POST", .host = "klabd", .origin = "", .fetch_site = "", .content_type = type, .has_body = true};
}
RequestHead get(std::string_view host) {
  return {.method = "GET", .host = host, .origin = "", .fetch_site = "", .content_type = "", .has_body = false};
}

}  // namespace

TEST_CASE("gate: what pages of others send is refused, on the socket too") {
  const std::string foreign = R"(403 {"error":"cannot write from another page","tail":"","kind":"input"})";
  for (const char* origin : {"https://evil.example", "null", "http://127.0.0.1:8080"}) {
    auto head = post();
    head.origin = origin;
    CHECK(refusal(head, writer()) == foreign);
    head.method = "DELETE";
    CHECK(refusal(head, writer()) == foreign);
  }
  for (const char* site : {"cross-site", "same-site", "same-origin"}) {
    auto head = post();
    head.fetch_site = site;
    CHECK(refusal(head, writer()) == foreign);
  }
  CHECK(refusal(post(), writer()).empty());
  CHECK(refusal(post("Application/JSON; charset=utf-8"), writer()).empty());
}

TEST_CASE("gate: a form cannot write") {
  const std::string wrong =
      R"(415 {"error":"cannot read the request: its body must be application/json","tail":"","kind":"input"})";
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                           "text/plain; application/json"})
    CHECK(refusal(post(type), writer()) == wrong);
  auto cancel = post("");
  cancel.has_body = false;
  CHECK(refusal(cancel, writer()).empty());
}

TEST_CASE("gate: pages answer to addresses and to names that are ours") {
  for (const char* host : {"127.0.0.1:8080", "127.0.0.1", "[::1]:8080", "[::1]", "10.0.0.7:80", "localhost:8080", "LocalHost",
                           "lab.example.org", "Lab.Example.Org:8080"})
    CHECK(refusal(get(host), page()).empty());
  for (const char* host : {"evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "[::1", "[evil]:80", "0x7f.1",
                           "lab.example.org.", "127.0.0.1@evil.example"})
    CHECK(refusal(get(host), page()) ==
          fmt::format(R"(421 {{"error":"cannot serve \"{}\": pages answer to addresses, localhost and daemon.page_hosts",)"
                      R"("tail":"","kind":"input"}})",
                      host));
  CHECK(refusal(get("evil.example"), writer()).empty());  // the socket has no name to be rebound
}

TEST_CASE("gate: a peer does what it may") {
  Peer reader = writer();
  reader.may_write = false;
  CHECK(refusal(get("klabd"), reader).empty());
  CHECK(refusal(post(), reader) ==
        R"(403 {"error":"cannot write as u: this user may only read; daemon.access in klab.toml decides","tail":"","kind":"input"})");
  reader.may_read = false;
  CHECK(
      refusal(get("klabd"), reader) ==
      R"(403 {"error":"cannot answer u: this socket is its owner's alone; daemon.access in klab.toml decides","tail":"","kind":"input"})");
  CHECK(refusal({.method = "POST", .host = "127.0.0.1", .origin = "", .fetch_site = "", .content_type = "application/json",
                 .has_body = true},
                page()) ==
        R"(403 {"error":"cannot write: pages are for reading; the socket takes writes","tail":"","kind":"input"})");
}
