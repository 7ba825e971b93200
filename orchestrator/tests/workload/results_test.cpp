// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/results.hpp"

#include "tests/workload/support.hpp"

using namespace klab;
using namespace klab::testing;

namespace {

const std::string hello =
    R"({"type":"hello","protocol":1,"job":"n1","release":"6.12.0","version":"#1 SMP","machine":"x86_64",)"
    R"("cpus":8,"command_line":"quiet","clocksource":"tsc-early",)" + host_fields + "}";

std::string begin(std::string_view name, int pass) {
  return fmt::format(R"({{"type":"begin","workload":"w","case":"{}","pass":{},"warmup":{}}})", name, pass,
                     pass == 0);
}
std::string sample(std::string_view name, int pass, std::string_view metric, std::string_view value) {
  return fmt::format(
      R"({{"type":"sample","workload":"w","case":"{}","pass":{},"warmup":{},"metric":"{}","value":{}}})",
      name, pass, pass == 0, metric, value);
}
std::string end_frame(int samples, std::string_view status = "ok") {
  return fmt::format(R"({{"type":"end","samples":{},"status":"{}","clocksource":"tsc","throttled":"5"}})", samples, status);
}
const std::string unavailable_b = R"({"type":"unavailable","workload":"w","case":"b","reason":"no b"})";

// Cases a and b, one kept pass, metric time, and extra that may be missing.
std::vector<WorkloadRun> job() {
  WorkloadRun run;
  run.definition.name = "w";
  run.definition.cases = {"a", "b"};
  run.definition.metrics = {
      {.name = "time", .unit = "ns", .better = Better::lower, .primary = true, .min_change = 0},
      {.name = "extra", .unit = "count", .better = Better::lower, .primary = false, .min_change = 0}};
  run.definition.optional_metrics = {"extra"};
  run.passes = 1;
  return {run};
}

const std::vector<std::string> good = {
    hello,
    begin("b", 0),
    sample("b", 0, "time", "3"),
    begin("b", 1),
    sample("b", 1, "time", "2.5"),
    begin("a", 0),
    sample("a", 0, "time", "9"),
    begin("a", 1),
    sample("a", 1, "time", "8"),
    end_frame(4),
};

std::vector<std::string> good_but(std::size_t at, std::vector<std::string> instead, std::size_t removed = 1) {
  std::vector<std::string> out = good;
  const auto where = out.begin() + static_cast<std::ptrdiff_t>(at);
  out.insert(out.erase(where, where + static_cast<std::ptrdiff_t>(removed)), instead.begin(), instead.end());
  return out;
}

ResultCollector collect(const std::vector<std::string>& payloads) {
  ResultCollector collector(job(), "n1");
  collector.feed(frames(payloads));
  collector.finish();
  return collector;
}

std::string failure_of(const std::vector<std::string>& payloads) {
  const ResultCollector collector = collect(payloads);
  REQUIRE(collector.failure());
  CHECK(collector.failure()->kind == ErrorKind::failed);
  return collector.failure()->message;
}

}  // namespace

TEST_CASE("a whole job becomes samples and facts") {
  const ResultCollector collector = collect(good);
  CHECK_FALSE(collector.failure());
  const auto& results = collector.results();
  CHECK(results.hello);
  CHECK(results.ended);
  REQUIRE(results.samples.size() == 4);
  CHECK(results.samples[0].case_name == "b");
  CHECK(results.samples[0].warmup);
  CHECK(results.samples[1].pass == 1);
  CHECK_FALSE(results.samples[1].warmup);
  CHECK(results.samples[1].value == 2.5);
  CHECK(results.guest_facts == std::map<std::string, std::string>{{"release", "6.12.0"},
                                                                  {"version", "#1 SMP"},
                                                                  {"machine", "x86_64"},
                                                                  {"cpus", "8"},
                                                                  {"command_line", "quiet"},
                                                                  {"clocksource", "tsc-early"},
                                                                  {"clocksource_at_end", "tsc"},
                                                                  {"hypervisor", "none"},
                                                                  {"dmi", "Maker; Box; 1.0"},
                                                                  {"cpu", "Some CPU"},
                                                                  {"microcode", "0x2b"},
                                                                  {"turbo", "off"},
                                                                  {"smt", "on"},
                                                                  {"cstates", "intel_idle: POLL, C1"},
                                                                  {"governor", "performance"},
                                                                  {"mitigations", "l1tf: Not affected"},
                                                                  {"throttled", "3"},
                                                                  {"throttled_at_end", "5"}});
}

TEST_CASE("an unavailable case needs no passes, an optional metric no samples") {
  const ResultCollector collector =
      collect({hello, begin("b", 0), unavailable_b, begin("a", 0), sample("a", 0, "time", "9"),
               sample("a", 0, "extra", "-1"), begin("a", 1), sample("a", 1, "time", "8"), end_frame(3)});
  CHECK_FALSE(collector.failure());
  REQUIRE(collector.results().unavailable.size() == 1);
  CHECK(collector.results().unavailable[0].case_name == "b");
  CHECK(collector.results().unavailable[0].reason == "no b");
}

TEST_CASE("progress counts passes") {
  ResultCollector collector(job(), "n1");
  CHECK(collector.progress().passes_total == 4);
  collector.feed(frames({hello, begin("b", 0), unavailable_b, begin("a", 0)}));
  CHECK(collector.progress().passes_begun == 3);
  CHECK(collector.progress().passes_total == 4);
  CHECK(collector.progress().workload == "w");
  CHECK(collector.progress().case_name == "a");
}

TEST_CASE("text of the guest is made printable") {
  auto payloads = good;
  payloads.insert(payloads.begin() + 1, R"({"type":"log","text":"red \u001b[31m\nnext"})");
  const ResultCollector collector = collect(payloads);
  CHECK_FALSE(collector.failure());
  CHECK(collector.results().log == std::vector<std::string>{"red \uFFFD[31m next"});
}

TEST_CASE("an error of the workload is the failure, and samples before it stay") {
  const ResultCollector collector =
      collect({hello, begin("b", 0), sample("b", 0, "time", "3"),
               R"({"type":"error","workload":"w","case":"b","reason":"exit status 1: no module"})",
               end_frame(1, "failed")});
  REQUIRE(collector.failure());
  CHECK(collector.failure()->message == "w: case \"b\": exit status 1: no module");
  CHECK(collector.results().ended);
  CHECK(collector.results().samples.size() == 1);
}

TEST_CASE("each thing that the job cannot have sent has its message") {
  CHECK(failure_of({}) == "cannot read results: the runner sent nothing");
  CHECK(failure_of(good_but(0, {})) == "cannot read results: a \"begin\" frame came before hello");
  CHECK(failure_of(good_but(1, {hello}, 0)) ==
        "cannot read results: a second hello came: the runner was started twice");
  std::string other = hello;
  CHECK(failure_of({other.replace(other.find("n1"), 2, "n2")}) ==
        "cannot read results: they are of job \"n2\", not of \"n1\"");
  other = hello;
  CHECK(failure_of({other.replace(other.find(":1,"), 3, ":2,")}) ==
        "cannot read results: protocol 2 is not 1");
  CHECK(failure_of(good_but(9, {})) == "cannot read results: the runner did not send its end");
  CHECK(failure_of(good_but(9, {end_frame(4), begin("a", 2)})) ==
        "cannot read results: a \"begin\" frame came after the end");
  CHECK(failure_of(good_but(9, {end_frame(5)})) == "cannot read results: the runner sent 5 samples, 4 came");
  CHECK(failure_of(good_but(9, {end_frame(4, "failed")})) ==
        "cannot read results: the runner ended with status \"failed\"");
  CHECK(failure_of(good_but(5, {end_frame(2)}, 5)) == "w: case \"a\" has 0 of 2 passes");
  CHECK(failure_of(good_but(7, {end_frame(3)}, 3)) == "w: case \"a\" has 1 of 2 passes");
  CHECK(failure_of(good_but(4, {})) == "w: case \"b\", pass 1: metric \"time\" is missing");
  CHECK(failure_of(good_but(4, {sample("b", 1, "extra", "1")})) ==
        "w: case \"b\", pass 1: metric \"time\" is missing");
  CHECK(failure_of(good_but(8, {end_frame(3)}, 2)) == "w: case \"a\", pass 1: metric \"time\" is missing");
}

TEST_CASE("each sample that cannot be has its message") {
  const auto with = [](std::string payload) { return failure_of(good_but(4, {std::move(payload)})); };
  CHECK(with(sample("b", 1, "foo", "1")) == "w: metric \"foo\" is not declared in workload.toml");
  CHECK(with(sample("c", 1, "time", "1")) == "w: case \"c\" is not declared in workload.toml");
  CHECK(
      with(
          R"({"type":"sample","workload":"v","case":"b","pass":1,"warmup":false,"metric":"time","value":1})") ==
      "cannot read results: workload \"v\" is not part of the job");
  CHECK(with(sample("b", 1, "time", "-1")) == "w: case \"b\", pass 1: metric \"time\" is negative: -1 ns");
  CHECK(with(sample("b", 2, "time", "1")) ==
        "w: case \"b\", pass 2: a sample came, but that pass is not under way");
  CHECK(with(sample("a", 0, "time", "1")) ==
        "w: case \"a\", pass 0: a sample came, but that pass is not under way");
  CHECK(with(sample("b", 1, "time", "\"1\"")) ==
        "cannot read results: frame 4: field \"value\" is not a number");
  CHECK(with(sample("b", 1, "time", "null")) ==
        "cannot read results: frame 4: field \"value\" is not a number");
  for (const char* garbage : {"NaN", "nan", "inf", "Infinity", "-Infinity", "+1", "0x10", "1,5", "1.", ".5", "01", "1e", "--1", "1_000", ""}) {
    INFO(garbage);
    CHECK(with(sample("b", 1, "time", garbage)) == "cannot read results: frame 4 is not JSON: syntax error");
  }
  CHECK(with(sample("b", 1, "time", "1e999")) ==
        "w: case \"b\", pass 1: metric \"time\" is not a finite number");
  CHECK(with(sample("b", 1, "time", "-1e999")) ==
        "w: case \"b\", pass 1: metric \"time\" is not a finite number");
  CHECK(with(sample("b", 1, "time", "1e99999999999")) == "cannot read results: frame 4 is not JSON: exponent overflow");
  CHECK(with(sample("b", 1, "time", "-5e-324")) ==
        "w: case \"b\", pass 1: metric \"time\" is negative: -5e-324 ns");
  CHECK(failure_of(good_but(5, {sample("b", 1, "time", "1")}, 0)) ==
        "w: case \"b\", pass 1: metric \"time\" came twice");
}

TEST_CASE("each pass that cannot be has its message") {
  const auto with = [](std::string payload) { return failure_of(good_but(3, {std::move(payload)})); };
  CHECK(with(begin("b", 0)) == "w: case \"b\", pass 0, came where 1 passes of 2 had begun");
  CHECK(with(begin("b", 2)) == "w: case \"b\", pass 2, came where 1 passes of 2 had begun");
  CHECK(with(begin("b", -1)) == "w: case \"b\", pass -1, came where 1 passes of 2 had begun");
  CHECK(with(R"({"type":"begin","workload":"w","case":"b","pass":1,"warmup":true})") ==
        "w: case \"b\", pass 1, is wrongly marked: pass 0, and only it, is the warm-up");
  CHECK(with(R"({"type":"begin","workload":"w","case":"b"})") ==
        "cannot read results: frame 3: field \"pass\" is missing");
  CHECK(with(R"({"type":"begin","workload":"w","case":"b","pass":1.5,"warmup":false})") ==
        "cannot read results: frame 3: field \"pass\" is not a whole number");
  CHECK(with(unavailable_b) == "w: case \"b\" was called unavailable after it gave numbers");
  CHECK(failure_of(good_but(5, {begin("b", 2)}, 0)) ==
        "w: case \"b\", pass 2, came where 2 passes of 2 had begun");
  CHECK(failure_of(good_but(1, {unavailable_b}, 0)) ==
        "w: case \"b\" was called unavailable, but is not under way");
  CHECK(failure_of({hello, begin("b", 0), unavailable_b, begin("b", 1)}) ==
        "w: case \"b\", pass 1 goes on after it was unavailable");
}

TEST_CASE("a payload that is no payload has its message") {
  const auto with = [](std::string payload) { return failure_of(good_but(1, {std::move(payload)})); };
  CHECK(with("[]") == "cannot read results: frame 1 is not a JSON object");
  CHECK(with("{\"type\":\"dance\"}") == "cannot read results: there is no frame type \"dance\"");
  CHECK(with("{}") == "cannot read results: frame 1: field \"type\" is missing");
  CHECK(with("{\"type\":{\"type\":{}}}") == "cannot read results: frame 1 is not JSON: too deep");
  CHECK(with("") == "cannot read results: frame 1 is not JSON: incomplete JSON");
  CHECK(with("{\"type\":\"lo") == "cannot read results: frame 1 is not JSON: incomplete JSON");
  CHECK(with("{} {}") == "cannot read results: frame 1 is not JSON: extra data");
  CHECK(with("{\"type\":\"log\",\"text\":\"\xff\"}") == "cannot read results: frame 1 is not JSON: syntax error");
  CHECK(with(R"({"type":"log"})") == "cannot read results: frame 1: field \"text\" is missing");
  CHECK(with(R"({"type":7})") == "cannot read results: frame 1: field \"type\" is not a text");
}

TEST_CASE("what a field means that nobody knows would be lost") {
  const auto with = [](std::string payload) { return failure_of(good_but(4, {std::move(payload)})); };
  CHECK(
      with(
          R"({"type":"sample","workload":"w","case":"b","pass":1,"warmup":false,"metric":"time","value":1,"unit":"us"})") ==
      "cannot read results: frame 4: field \"unit\" is not known");
  CHECK(with(R"({"type":"log","text":"x","\u001b[2J":1})") ==
        "cannot read results: frame 4: field \"\uFFFD[2J\" is not known");
  CHECK(with(R"({"type":"end","samples":1,"status":"ok","clocksource":"tsc","throttled":"5","verdict":"improved"})") ==
        "cannot read results: frame 4: field \"verdict\" is not known");
}

TEST_CASE("counts beyond all reason are no counts") {
  CHECK(failure_of(good_but(9, {R"({"type":"end","samples":-1,"status":"ok","clocksource":"tsc","throttled":"5"})"})) ==
        "cannot read results: the runner sent -1 samples, 4 came");
  CHECK(failure_of(good_but(9, {R"({"type":"end","samples":9223372036854775807,"status":"ok","clocksource":"tsc","throttled":"5"})"})) ==
        "cannot read results: the runner sent 9223372036854775807 samples, 4 came");
  CHECK(failure_of(good_but(9, {R"({"type":"end","samples":18446744073709551615,"status":"ok","clocksource":"tsc","throttled":"5"})"})) ==
        "cannot read results: frame 9: field \"samples\" is not a whole number");
  CHECK(failure_of(good_but(3, {R"({"type":"begin","workload":"w","case":"b","pass":9223372036854775807,"warmup":false})"})) ==
        "w: case \"b\", pass 9223372036854775807, came where 1 passes of 2 had begun");
  for (const char* cpus : {"-5", "0", "65537"}) {
    std::string other = hello;
    other.replace(other.find("\"cpus\":8"), 8, fmt::format("\"cpus\":{}", cpus));
    CHECK(failure_of({other}) == fmt::format("cannot read results: hello tells of {} CPUs", cpus));
  }
}

TEST_CASE("facts of the host are there, and are what a host can have") {
  const auto told = [](std::string_view field, std::string_view value) {
    std::string other = hello;
    const auto at = other.find(fmt::format("\"{}\":\"", field)) + field.size() + 4;
    other.replace(at, other.find('"', at) - at, value);
    return failure_of({other});
  };
  CHECK(told("turbo", "perhaps") ==
        "cannot read results: hello tells of turbo \"perhaps\", which is none of on, off, n/a");
  CHECK(told("throttled", "-1") ==
        "cannot read results: hello tells of throttled \"-1\", which is neither a count nor n/a");
  CHECK(told("throttled", "") ==
        "cannot read results: hello tells of throttled \"\", which is neither a count nor n/a");
  const std::string unfinished = "cannot read results: the runner did not send its end";
  CHECK(told("throttled", "n/a") == unfinished);
  CHECK(told("turbo", "n/a") == unfinished);
  for (const char* field : {"hypervisor", "dmi", "cpu", "microcode", "turbo", "smt", "cstates", "governor", "mitigations",
                            "throttled"}) {
    std::string other = hello;
    other.replace(other.find(fmt::format("\"{}\":", field)) + 1, 1, "X");
    CHECK(failure_of({other}).starts_with("cannot read results: frame 0: "));
  }
  CHECK(failure_of(good_but(9, {R"({"type":"end","samples":4,"status":"ok","clocksource":"tsc","throttled":"some"})"})) ==
        "cannot read results: end tells of throttled \"some\", which is neither a count nor n/a");
  CHECK(failure_of(good_but(9, {R"({"type":"end","samples":4,"status":"ok","clocksource":"tsc"})"})) ==
        "cannot read results: frame 9: field \"throttled\" is missing");
}

TEST_CASE("a text that the runner would have cut is not the runner's") {
  const auto with = [](std::string_view field, std::size_t size) {
    std::string other = hello;
    const auto at = other.find(fmt::format("\"{}\":\"", field)) + field.size() + 4;
    other.replace(at, other.find('"', at) - at, std::string(size, 'x'));
    return collect({other});
  };
  CHECK(with("release", 4097).failure()->message ==
        "cannot read results: frame 0: field \"release\" is longer than 4096 bytes");
  CHECK(with("release", 4096).failure()->message == "cannot read results: the runner did not send its end");
  CHECK(failure_of({hello, begin("b", 0),
                    fmt::format(R"({{"type":"error","workload":"w","case":"b","reason":"{}"}})", std::string(60000, 'x'))}) ==
        "cannot read results: frame 2: field \"reason\" is longer than 4096 bytes");
}

TEST_CASE("what comes after the end spoils what came before it") {
  ResultCollector collector(job(), "n1");
  collector.feed(frames(good));
  CHECK_FALSE(collector.failure());
  collector.feed("Segmentation fault\n");
  REQUIRE(collector.failure());
  CHECK(collector.failure()->message == "cannot read results: \"Segmentation fault\" is not a frame");
  ResultCollector twice(job(), "n1");
  twice.feed(frames(good));
  twice.feed(frame(good.size(), end_frame(4)));
  CHECK(twice.failure()->message == "cannot read results: a \"end\" frame came after the end");
  ResultCollector open(job(), "n1");
  open.feed(frames(good) + "klab1 10 ");
  open.finish();
  CHECK(open.failure()->message == "cannot read results: the channel closed in the middle of frame 10");
}

TEST_CASE("the first violation is kept, and framing counts too") {
  ResultCollector collector(job(), "n1");
  collector.feed(frame(0, hello) + frame(2, begin("a", 0)));
  REQUIRE(collector.failure());
  collector.feed("nonsense\n");
  collector.finish();
  CHECK(collector.failure()->message == "cannot read results: frame 2 came where frame 1 was due");
}

namespace {

std::string fact(std::string_view name, int pass, std::string_view text) {
  return fmt::format(R"({{"type":"fact","workload":"w","case":"b","pass":{},"warmup":{},"name":"{}","text":"{}"}})", pass,
                     pass == 0, name, text);
}

}  // namespace

TEST_CASE("what a pass says of itself is kept, with its pass") {
  auto runs = job();
  runs[0].definition.facts = {{"method", "how", true}};
  ResultCollector collector(runs, "n1");
  collector.feed(frames(good_but(2, {fact("method", 0, "a"), sample("b", 0, "time", "3")})));
  collector.finish();
  REQUIRE_FALSE(collector.failure().has_value());
  REQUIRE(collector.results().facts.size() == 1);
  CHECK(collector.results().facts[0].name == "method");
  CHECK(collector.results().facts[0].case_name == "b");
  CHECK(collector.results().facts[0].warmup);
  CHECK(collector.results().facts[0].text == "a");
}

TEST_CASE("a fact that nobody declared, a second one and one out of place are refused") {
  auto runs = job();
  runs[0].definition.facts = {{"method", "how", true}};
  const auto refused = [&](std::vector<std::string> instead) {
    ResultCollector collector(runs, "n1");
    collector.feed(frames(good_but(2, std::move(instead))));
    REQUIRE(collector.failure().has_value());
    return collector.failure()->message;
  };
  CHECK(refused({fact("other", 0, "a")}) == "w: fact \"other\" is not declared in workload.toml");
  CHECK(refused({fact("method", 0, "a"), fact("method", 0, "b")}) == "w: case \"b\", pass 0: fact \"method\" came twice");
  CHECK(refused({fact("method", 1, "a")}) == "w: case \"b\", pass 1: a fact came, but that pass is not under way");
  CHECK(refused({fact("method", 0, std::string(2049, 'x'))}) ==
        "w: case \"b\", pass 0: fact \"method\" is longer than 2048 bytes");
}
