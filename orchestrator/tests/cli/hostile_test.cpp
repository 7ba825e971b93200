// SPDX-License-Identifier: GPL-3.0-or-later
// What mails, kernels and guests wrote, on its way to a terminal or a program that reads JSON.
#include <algorithm>
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "cli/listing.hpp"
#include "cli/program.hpp"
#include "cli/responder.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::cli;
using klab::cli::test::run_klab;
namespace json = boost::json;

namespace {

const std::string nasty =
    "\x1b]0;owned\a\x1b[2J\x1b[31m<script>alert(1)</script>\r\n\x9b" "31m\xC2\x9B" "31m\u202Egnp.exe\u2066\u200B\uFEFF\b\b\b\xff\xC0\xAF"
    "=HYPERLINK(\"http://x\")\t\v\f\x7f\u2028%s%n{}{{title}}" +
    std::string(3000, 'w');

void hold_inert(const std::string& shown) {
  INFO(printable_lines(shown.substr(0, 2000)));
  CHECK(shown == printable_lines(shown));
  CHECK(shown.find('\x1b') == std::string::npos);
}

// Every text of the answer is the nastiest one; a hostile daemon could not do worse.
json::value poisoned(const json::value& value) {
  if (value.is_string()) return json::string(nasty);
  if (value.is_array()) {
    json::array out;
    for (const auto& element : value.get_array()) out.push_back(poisoned(element));
    return out;
  }
  if (!value.is_object()) return value;
  json::object out;
  for (const auto& member : value.get_object()) out[member.key()] = poisoned(member.value());
  return out;
}

const char* experiment = R"({"id":3,"title":"t","submitter":"u","state":"done","outcome":"ok","message":"m","tail":"t",
 "created":1e9,"finished":1.1e9,"boots":5,"seed":1,"delta":0.02,"cancelling":false,"progress":{"step":"s","detail":"d"},
 "contrasts":[{"reference":"a","patched":"b"}],"workloads":[{"request":"w","hash":"h"}],
 "series":[{"title":"t","version":2,"author":"a","base_commit":"c","change_id":"i","cover_message_id":"m","prerequisites":["p"],
   "patches":[{"number":1,"subject":"s","author":"a","date":"d","message_id":"m","files":["f"]}],
   "trailers":[{"part":1,"trailer":"t","from":"f"}],"left_aside":[{"what":"w","why":"y"}]}],
 "arms":[{"label":"a","tree":"t","commit":"c","base_reason":"r","base_attempts":[{"way":"w","wanted":"x","taken":false,"why":"y","git":"g"},
   {"way":"w","wanted":"x","taken":true,"why":"y","git":"g"}],"series":0,"patches":"1","kconfig_base":"k","kconfigs":["f"],
   "command_line":"c","machine":"m","architecture":"x","build":{"id":1,"outcome":"ok","release":"r","compiler":"c","key":"k","message":"m","tail":"t"}}],
 "slots":[{"slot":1,"arm":"a","boots":[{"id":1,"outcome":"crashed","title":"t","excerpt":"e"}]}]})";

const char* boot = R"({"id":1,"slot":1,"arm":"a","outcome":"crashed","title":"t","excerpt":"e","command_line":"c","governor":"g",
 "acceleration":"tcg","attempt":1,"fingerprint":{"k":"v"},"guest_facts":{"release":"r"},
 "samples":[{"workload":"w","case":"c","metric":"m","pass":0,"warmup":true,"value":1}],
 "summaries":[{"workload":"w","case":"c","metric":"m","value":1,"passes":3}],
 "unavailable":[{"workload":"w","case":"c","reason":"r"}]})";

}  // namespace

TEST_CASE("hostile: whatever an answer holds, the listings are inert") {
  const auto entry = json::parse(
      R"({"experiments":[{"id":1,"title":"t","submitter":"s","state":"x","outcome":"o","message":"m","boots_done":1,"boots_planned":2}]})");
  hold_inert(render_status(poisoned(entry).as_object(), 100));
  // Strangers choose the title; a table cuts what is overlong.
  auto line = entry;
  line.at("experiments").at(0).as_object()["title"] = nasty;
  const auto status = render_status(line.as_object(), 100);
  hold_inert(status);
  CHECK(split_lines(status).size() == 3);  // heading, rule, row
  for (const auto& shown : split_lines(status)) CHECK(shown.size() < 300);
  hold_inert(render_experiment(poisoned(json::parse(experiment)).as_object()));
  hold_inert(render_boot(poisoned(json::parse(boot)).as_object()));
}

TEST_CASE("hostile: keys of facts are a guest's too") {
  auto facts = json::parse(boot).as_object();
  facts["fingerprint"] = json::object{{nasty, nasty}};
  hold_inert(render_boot(facts));
}

TEST_CASE("hostile: klab series shows mails and their left-overs inert, as text and as JSON") {
  const std::string mail = "From: A \x1b[31m\u202E <a@example.org>\nSubject: [PATCH] x: \x1b]0;owned\a<script>\u200B y\nMessage-ID: <\x1b[2J@x>\n"
                           "Date: \x1b[1m\nchange-id: \x9b\n\nReviewed \x1b[5m\nchange-id: \x1b[5m\n---\n"
                           "--- a/k.c\n+++ b/k.c\n@@ -1,2 +1,2 @@\n a\n-b\n+\x1b[2J\n";
  for (const bool as_json : {false, true}) {
    const auto ran = as_json ? run_klab({"series", "-", "--json"}, mail) : run_klab({"series", "-"}, mail, true);
    hold_inert(ran.out);
    hold_inert(ran.err);
    CHECK(ran.out.find("owned") != std::string::npos);
    if (as_json) CHECK_NOTHROW(json::parse(ran.out));
  }
  const auto refused = run_klab({"series", "-"}, "From: a@b\nSubject: \x1b[31m" + nasty + "\n\nno patch\n", true);
  CHECK(refused.code != 0);
  CHECK_FALSE(refused.err.empty());
  hold_inert(refused.err);
}

TEST_CASE("hostile: klab console shows an excerpt inert, as text and as JSON") {
  const std::string console =
      "[    1.000000] Linux version 6.12.0\n[    2.000000] BUG: kernel NULL pointer dereference, address: 0000\n"
      "[    2.000001] RIP: 0010:foo\x1b[2J+0x1/0x2 \u202E\xff\n[    2.000002] \x1b]0;owned\a<script>\u200B\n"
      "[    2.000003] Kernel panic - not syncing: \x1b[31m\u202E" + nasty + "\n";
  for (const bool as_json : {false, true}) {
    const auto ran = as_json ? run_klab({"console", "-", "--json"}, console) : run_klab({"console", "-"}, console, true);
    CHECK(ran.code == 1);
    hold_inert(ran.out);
    hold_inert(ran.err);
    if (as_json) CHECK_NOTHROW(json::parse(ran.out));
  }
}

TEST_CASE("hostile: names of files and arguments come back inert") {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"series", "/nonexistent/\x1b[31m\u202E"}, {"console", "/nonexistent/\x1b[31m\xff"}, {"analyse", "/nonexistent/\x1b]0;x\a"},
           {"submit", "/nonexistent/\x1b[2J"}, {"show", "\x1b[31m"}, {"\x1b[31m"}}) {
    const auto ran = run_klab(arguments);
    CHECK(ran.code != 0);
    hold_inert(ran.err);
    hold_inert(ran.out);
  }
}

TEST_CASE("hostile: klab analyse shows a stranger's names inert in every format") {
  std::string csv = "arm,boot,workload,case,metric,unit,value\n";
  for (const char* arm : {"=1+1\x1b[31m", "@b\u202E"})
    for (int i = 0; i < 4; ++i)
      csv += fmt::format("{}{},\x1b[2J{},+w,-c\u200B,=m,\xff,{}\n", arm, "", i, 10 + i);
  for (const char* format : {"text", "json", "html", "csv"}) {
    const auto ran = run_klab({"analyse", "-", "--format", format}, csv);
    INFO(ran.err);
    REQUIRE_FALSE(ran.out.empty());
    std::string shown = ran.out;
    if (std::string_view(format) == "csv") {
      for (const char* formula : {",=", ",+w", ",-c", ",@"}) CHECK(shown.find(formula) == std::string::npos);
      shown.erase(std::remove(shown.begin(), shown.end(), '\r'), shown.end());
    }
    hold_inert(shown);
  }
}
