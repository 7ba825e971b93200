// SPDX-License-Identifier: GPL-3.0-or-later
// The guest's own runner, compiled for this host, against the collector that will read it.
#include "tests/workload/guest_runner.hpp"
#include "util/text.hpp"
#include "workload/job.hpp"
#include "workload/results.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

struct Ran {
  ProcessResult process;
  std::string bytes;
};

Ran run_job(const fs::path& folder, std::string_view configuration) {
  put(folder / "job.conf", configuration);
  ProcessSpec spec;
  spec.argv = {guest_runner().string(), folder.string(), (folder / "results").string()};
  Ran out{run_process_blocking(spec).value(), {}};
  if (fs::exists(folder / "results")) out.bytes = read_file(folder / "results").value();
  return out;
}

struct Told {
  std::optional<Error> failure;
  WorkloadResults results;
};

Told run_answer(std::string_view request) {
  const auto folder = scratch();
  const WorkloadRun run = resolve(load_workload(data("answer")).value(), request).value();
  fs::copy(data("answer"), folder.path() / "answer", fs::copy_options::recursive);
  const Ran ran = run_job(folder.path(), job_configuration({{run, {}}}, {"n1", 7}));
  ResultCollector collector({run}, "n1");
  collector.feed(ran.bytes);
  collector.finish();
  CHECK(ran.process.ok() == !collector.failure());
  return {collector.failure(), collector.results()};
}

}  // namespace

TEST_CASE("a new workload needs a folder and nothing else") {
  const Told told = run_answer("answer:value=-3");
  CHECK_FALSE(told.failure);
  CHECK(told.results.ended);
  REQUIRE(told.results.samples.size() == 3);
  CHECK(told.results.samples[0].warmup);
  CHECK(told.results.samples[2].pass == 2);
  CHECK(told.results.samples[2].value == -3);
  CHECK(told.results.log ==
        std::vector<std::string>{"pass 0 with seed 7", "pass 1 with seed 7", "pass 2 with seed 7"});
  CHECK_FALSE(told.results.guest_facts.at("release").empty());
  REQUIRE(told.results.facts.size() == 3);
  CHECK(told.results.facts[2].name == "how");
  CHECK(told.results.facts[2].text == "asked for -3");
  CHECK(told.results.facts[2].pass == 2);
}

TEST_CASE("the program runs in its folder") {
  const Told told = run_answer("answer:value=17");
  CHECK_FALSE(told.failure);
  CHECK(told.results.samples.at(0).value == 1);
}

TEST_CASE("an unavailable case ends after its first pass") {
  const Told told = run_answer("answer:value=14");
  CHECK_FALSE(told.failure);
  CHECK(told.results.samples.empty());
  CHECK(told.results.unavailable.at(0).reason == "no fourteen here");
}

TEST_CASE("a program that fails gives its status and its last words") {
  const Told told = run_answer("answer:value=13");
  REQUIRE(told.failure);
  CHECK(told.failure->message == "answer: exit status 3: thirteen is unlucky");
  CHECK(told.results.ended);
}

TEST_CASE("a line that is no statement is a failure") {
  const Told told = run_answer("answer:value=15");
  REQUIRE(told.failure);
  CHECK(told.failure->message == "answer: a line of its output is not understood: answer fifteen");
}

TEST_CASE("a program without end is killed when its time is over") {
  const Told told = run_answer("answer:value=16,pass_timeout=1");
  REQUIRE(told.failure);
  CHECK(told.failure->message == "answer: no end within 1 s");
}

TEST_CASE("a runner that is asked for a profile gives one, or says why this kernel has none") {
  const auto folder = scratch();
  const WorkloadRun run = resolve(load_workload(data("answer")).value(), "answer:value=-3").value();
  fs::copy(data("answer"), folder.path() / "answer", fs::copy_options::recursive);
  const Ran ran = run_job(folder.path(), job_configuration({{run, {}}}, {"n1", 7, 997}));
  ResultCollector collector({run}, "n1", {}, true);
  collector.feed(ran.bytes);
  collector.finish();
  CHECK_FALSE(collector.failure());
  CHECK(collector.results().samples.size() == 3);
  CHECK(collector.profile().reason().empty() == (collector.profile().profiles().size() == 1));
}

TEST_CASE("cases come in an order that the seed decides") {
  const auto order = [](std::uint64_t seed) {
    const auto folder = scratch();
    put(folder.path() / "w/run", "#!/bin/sh\necho log $KLAB_CASE $KLAB_PASS $KLAB_WARMUP\n", true);
    const Ran ran =
        run_job(folder.path(), fmt::format("job 1\nnonce n\nseed {}\nworkload w\npasses 1\ntimeout 9\n"
                                           "run run\ncase a\ncase b\ncase c\ncase d\nend\n",
                                           seed));
    FrameParser parser;
    std::string out;
    for (const Frame& frame : parser.feed(ran.bytes))
      if (const auto at = frame.payload.find("\"text\":\""); at != std::string::npos)
        out += frame.payload.substr(at + 8, 5) + ",";
    return out;
  };
  const std::string first = order(1);
  CHECK(order(1) == first);
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) orders.insert(order(seed));
  CHECK(orders.size() > 4);
  for (const std::string& found : orders)
    for (const char* one : {"a 0 1,", "a 1 0,", "b 0 1,", "b 1 0,", "c 0 1,", "c 1 0,", "d 0 1,", "d 1 0,"})
      CHECK(found.find(one) != std::string::npos);
}

TEST_CASE("a job.conf that is not understood is refused with its line") {
  const auto folder = scratch();
  const auto refusal = [&](std::string_view configuration) {
    const Ran ran = run_job(folder.path(), configuration);
    CHECK(ran.process.exit_code == 1);
    CHECK(ran.bytes.empty());
    return std::string(trim(ran.process.err));
  };
  const std::string start = fmt::format("klab: cannot read \"{}\": ", (folder.path() / "job.conf").string());
  CHECK(refusal("job 2\n") == start + "line 1, \"job\": not understood, or not allowed here");
  CHECK(refusal("job 1\nnonce n\npasses 3\n") ==
        start + "line 3, \"passes\": not understood, or not allowed here");
  CHECK(refusal("job 1\nnonce n\nend\n") == start + "line 3, \"end\": not understood, or not allowed here");
  CHECK(refusal("job 1\nnonce n\nseed x\n") ==
        start + "line 3, \"seed\": not understood, or not allowed here");
  CHECK(refusal("job 1\nnonce n\nprofile 0\n") ==
        start + "line 3, \"profile\": not understood, or not allowed here");
  CHECK(refusal("job 1\nnonce n\nworkload w\nprofile 9\n") ==
        start + "line 4, \"profile\": not understood, or not allowed here");
  for (const char* results : {"", "ftp", "console 1", "http", "http 127.0.0.1 80", "http 127.0.0.1 80 x", "http 127.0.0.1 0 /x",
                              "http 127.0.0.1 65536 /x", "http lab 80 /x", "http 127.0.0.1 80 /x y", "http 127.0.0.1 80 /x?y"})
    CHECK(refusal(fmt::format("job 1\nnonce n\nresults {}\n", results)) ==
          start + "line 3, \"results\": not understood, or not allowed here");
  CHECK(refusal("job 1\nnonce n\nresults console\nresults console\n") ==
        start + "line 4, \"results\": not understood, or not allowed here");
  CHECK(refusal("job 1\nnonce n\nworkload w\nresults console\n") ==
        start + "line 4, \"results\": not understood, or not allowed here");
  CHECK(refusal("job 1\nnonce n\n") == start + "it ends without \"end\"");
  CHECK(refusal(std::string_view("job 1\n\0\n", 8)) == start + "too long, or not text");
}
