// SPDX-License-Identifier: GPL-3.0-or-later
// Profiles among the results of a guest that may lie.
#include "tests/workload/support.hpp"
#include "workload/results.hpp"

using namespace klab;
using namespace klab::testing;

namespace {

const std::string hello = R"({"type":"hello","protocol":1,"job":"n1","release":"6","version":"1","machine":"x86_64","cpus":8,)"
                          R"("command_line":"quiet","clocksource":"tsc",)" + host_fields + "}";
const std::string end_frame = R"({"type":"end","samples":2,"status":"ok","clocksource":"tsc","throttled":"3"})";
const std::string no_profile = R"({"type":"no-profile","reason":"this kernel lacks CONFIG_PERF_EVENTS"})";

std::string pass(std::string_view type, int number, std::string_view more = "") {
  return fmt::format(R"({{"type":"{}","workload":"w","case":"a","pass":{},"warmup":{}{}}})", type, number, number == 0, more);
}
std::string value(int number) { return pass("sample", number, R"(,"metric":"time","value":3)"); }

std::string profile(int samples, int other, int symbols, std::string_view method = "cpu-clock", int hz = 997) {
  return fmt::format(R"({{"type":"profile","workload":"w","case":"a","method":"{}","hz":{},"samples":{},"user":2,"idle":30,)"
                     R"("runner":1,"other":{},"lost":4,"symbols":{}}})",
                     method, hz, samples, other, symbols);
}
std::string symbol(std::string_view name, std::string_view module, long long samples) {
  return fmt::format(R"({{"type":"symbol","workload":"w","case":"a","symbol":"{}","module":"{}","samples":{}}})", name, module,
                     samples);
}

std::vector<WorkloadRun> job() {
  WorkloadRun run;
  run.definition.name = "w";
  run.definition.cases = {"a"};
  run.definition.metrics = {{.name = "time", .unit = "ns", .better = Better::lower, .primary = true, .min_change = 0}};
  run.passes = 1;
  return {run};
}

// What comes between the case's passes and the end.
std::vector<std::string> job_with(const std::vector<std::string>& told) {
  std::vector<std::string> out{hello, pass("begin", 0), value(0), pass("begin", 1), value(1)};
  out.insert(out.end(), told.begin(), told.end());
  out.push_back(end_frame);
  return out;
}

ResultCollector collect(const std::vector<std::string>& payloads, bool profiled = true) {
  ResultCollector collector(job(), "n1", {}, profiled);
  collector.feed(frames(payloads));
  collector.finish();
  return collector;
}

std::string failure_of(const std::vector<std::string>& payloads, bool profiled = true) {
  const ResultCollector collector = collect(payloads, profiled);
  REQUIRE(collector.failure());
  CHECK(collector.failure()->kind == ErrorKind::failed);
  return collector.failure()->message;
}

}  // namespace

TEST_CASE("a profile comes whole, its shares are of what is not idle") {
  const auto collector = collect(job_with({profile(100, 7, 2), symbol("spin", "", 50), symbol("work", "klab_w", 10)}));
  CHECK_FALSE(collector.failure());
  REQUIRE(collector.profile().profiles().size() == 1);
  const auto& told = collector.profile().profiles()[0];
  CHECK(told.method == "cpu-clock");
  CHECK(told.hz == 997);
  CHECK(told.lost == 4);
  CHECK(told.busy() == 69);
  REQUIRE(told.symbols.size() == 2);
  CHECK(told.symbols[1].module == "klab_w");
  CHECK(told.symbols[1].samples == 10);
}

TEST_CASE("a kernel that cannot be sampled says why, and its job is whole without profiles") {
  auto payloads = job_with({});
  payloads.insert(payloads.begin() + 1, no_profile);
  const auto collector = collect(payloads);
  CHECK_FALSE(collector.failure());
  CHECK(collector.profile().reason() == "this kernel lacks CONFIG_PERF_EVENTS");
  CHECK(collector.profile().profiles().empty());
}

TEST_CASE("a profile that nobody asked for, or that was asked for and is missing, is a failure") {
  CHECK(failure_of(job_with({profile(100, 7, 2)}), false) ==
        "cannot read results: a \"profile\" frame came, and the job asked for no profile");
  CHECK(failure_of({hello, no_profile}, false) ==
        "cannot read results: a \"no-profile\" frame came, and the job asked for no profile");
  CHECK(failure_of(job_with({})) == "w: case \"a\" has no profile");
}

TEST_CASE("each profile that cannot be has its message") {
  const auto spin = symbol("spin", "", 50), work = symbol("work", "m", 10);
  const auto with = [](const std::vector<std::string>& told) { return failure_of(job_with(told)); };
  CHECK(with({profile(100, 7, 2), spin}) == "w: case \"a\" has a profile of 2 functions, 1 came");
  CHECK(with({profile(100, 8, 2), spin, work}) == "w: case \"a\" has a profile of 100 samples, its parts have 101");
  CHECK(with({profile(100, 7, 1), spin, work}) == "w: case \"a\": function \"work\" cannot be: 1 were announced");
  CHECK(with({profile(100, 7, 2), work, spin}) == "w: case \"a\": function \"spin\" cannot be: it is hotter than the one before it");
  CHECK(with({profile(100, 7, 2), spin, symbol("spin", "", 10)}) == "w: case \"a\": function \"spin\" cannot be: it came twice");
  CHECK(with({profile(100, 7, 2), symbol("spin", "", 0)}) == "w: case \"a\": function \"spin\" cannot be: it has 0 samples of 100");
  CHECK(with({profile(100, 7, 2), symbol("spin", "", 101)}) ==
        "w: case \"a\": function \"spin\" cannot be: it has 101 samples of 100");
  CHECK(with({profile(100, 7, 2), symbol("", "", 1)}) == "w: case \"a\": function \"\" cannot be: no kernel has such a name");
  CHECK(with({profile(100, 7, 2), symbol("s\\u001b", "", 1)}).ends_with("no kernel has such a name"));
  CHECK(with({profile(100, 7, 2), symbol(std::string(128, 'x'), "", 1)}).ends_with("no kernel has such a name"));
  CHECK(with({spin}) == "w: case \"a\": function \"spin\" cannot be: it belongs to no profile");
  CHECK(with({profile(-1, 7, 2)}) == "w: case \"a\" has a profile that cannot be: -1 samples");
  CHECK(with({profile(100, 7, 65)}) == "w: case \"a\" has a profile that cannot be: 65 functions");
  CHECK(with({profile(100, 7, 2, "guessing")}) == "w: case \"a\" has a profile that cannot be: its method is \"guessing\"");
  CHECK(with({profile(100, 7, 2, "cycles", 0)}) == "w: case \"a\" has a profile that cannot be: 0 samples a second");
  CHECK(with({profile(40, 7, 0), profile(40, 7, 0)}) == "w: case \"a\": a profile came, but its passes are not over");
  CHECK(with({profile(40, 7, 0), value(1)}) == "w: case \"a\", pass 1: a sample came, but that pass is not under way");
  CHECK(failure_of({hello, pass("begin", 0), value(0), profile(40, 7, 0)}) ==
        "w: case \"a\": a profile came, but its passes are not over");
  CHECK(failure_of({hello, pass("begin", 0), value(0), pass("begin", 1), profile(40, 7, 0)}) ==
        "w: case \"a\", pass 1: metric \"time\" is missing");
  CHECK(failure_of({hello, no_profile, no_profile}) ==
        "cannot read results: the guest has no profile, and says so in the wrong place");
  auto both = job_with({profile(40, 7, 0)});
  both.insert(both.begin() + 1, no_profile);
  CHECK(failure_of(both) == "w: case \"a\" has a profile that cannot be: the guest said that it has none");
}
