// SPDX-License-Identifier: GPL-3.0-or-later
// How the guest's runner gets its frames to the lab where there is no virtio port.
#include <atomic>

#include "tests/workload/guest_runner.hpp"
#include "tests/workload/lab_console.hpp"
#include "tests/workload/lab_server.hpp"
#include "workload/job.hpp"
#include "workload/results.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

// The workload "answer" with two kept passes: frames 0 hello; 1 begin, 2 log, 3 fact, 4 sample; 5 to 8; 9 to 12; 13 end.
constexpr std::size_t all_frames = 14;

struct Guest {
  Guest() { fs::copy(data("answer"), folder.path() / "answer", fs::copy_options::recursive); }
  // Pauses before another try are `haste` times shorter than in a lab.
  ProcessResult run(std::string_view results, const std::string& console, int haste = 100) {
    put(folder.path() / "job.conf", job_configuration({{job, {}}}, {"n1", 7, 0, fmt::format("results {}", results)}));
    ProcessSpec spec;
    spec.argv = {guest_runner().string(), folder.path().string(), console, std::to_string(haste)};
    spec.deadline = std::chrono::seconds(100);
    return run_process_blocking(spec).value();
  }
  ProcessResult over_http(const LabServer& lab, int haste = 100) {
    return run(fmt::format("http 127.0.0.1 {} /results/t0k-e_n", lab.port()), (folder.path() / "console").string(), haste);
  }
  // Replaces the workload's program.
  void program(std::string_view script) { put(folder.path() / "answer/run", script, true); }

  WorkloadRun job = resolve(load_workload(data("answer")).value(), "answer:value=-3").value();
  TemporaryDirectory folder = scratch();
};

std::optional<Error> failure_of(const std::string& bytes, const WorkloadRun& job) {
  ResultCollector collector({job}, "n1");
  collector.feed(bytes);
  collector.finish();
  return collector.failure();
}

std::string frame_numbers(const std::string& body) {
  std::string out;
  for (const std::string& line : split_lines(body)) out += (out.empty() ? "" : " ") + line.substr(6, line.find(' ', 6) - 6);
  return out;
}

}  // namespace

TEST_CASE("over HTTP frames go in whole passes, and nothing goes during one") {
  Guest guest;
  const fs::path running = guest.folder.path() / "answer/running";
  guest.program("#!/bin/sh\n>running\necho log x\necho fact how y\necho answer 1\necho >&2 y\nrm running\n");
  FrameStore store;
  std::atomic<bool> disturbed = false;
  LabServer lab([&](const std::string& body) {
    disturbed = disturbed || fs::exists(running);
    return store.take(body) ? next_answer(store.next()) : http_answer(409, "");
  });
  const ProcessResult ran = guest.over_http(lab);
  lab.stop();
  INFO(ran.err);
  CHECK(ran.ok());
  CHECK_FALSE(disturbed);
  CHECK_FALSE(failure_of(store.bytes(), guest.job));
  std::vector<std::string> posted;
  for (const std::string& body : lab.bodies) posted.push_back(frame_numbers(body));
  CHECK(posted == std::vector<std::string>{"0", "1", "2 3 4 5", "6 7 8 9", "10 11 12 13"});
  CHECK(lab.heads.front() == fmt::format("POST /results/t0k-e_n HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n"
                                         "Content-Type: application/octet-stream\r\nContent-Length: {}",
                                         lab.port(), lab.bodies.front().size()));
  CHECK_FALSE(fs::exists(guest.folder.path() / "console"));
}

TEST_CASE("a POST that failed is made again, and frames whose acknowledgement was lost come twice") {
  Guest guest;
  FrameStore store;
  std::vector<std::string> at_hello{"", http_answer(500, "no"), {"\0\0", 2}, next_answer(2), next_answer(0)};
  std::vector<std::string> at_end{http_answer(200, "next -1\n"), http_answer(200, "next 14"),
                                  next_answer(14).substr(0, next_answer(14).size() - 1), ""};
  LabServer lab([&](const std::string& body) {
    const bool end = body.find("\"type\":\"end\"") != std::string::npos;
    auto& bad = end ? at_end : at_hello;
    // The end is kept, and nobody is told.
    if ((bad.empty() || end) && !store.take(body)) return http_answer(409, "");
    if (bad.empty()) return next_answer(store.next());
    std::string answer = bad.front();
    bad.erase(bad.begin());
    return answer;
  });
  const ProcessResult ran = guest.over_http(lab, 20);
  lab.stop();
  INFO(ran.out + ran.err);
  CHECK(ran.ok());
  CHECK_FALSE(failure_of(store.bytes(), guest.job));
  std::vector<std::string> posted;
  for (const std::string& body : lab.bodies) posted.push_back(frame_numbers(body));
  const std::string end = "10 11 12 13";
  CHECK(posted == std::vector<std::string>{"0", "0", "0", "0", "0", "0", "1", "2 3 4 5", "6 7 8 9", end, end, end, end, end});
}

TEST_CASE("between passes there is one try, and what waits goes with the next") {
  Guest guest;
  FrameStore store;
  std::size_t posts = 0;
  LabServer lab([&](const std::string& body) {
    if (++posts == 2 || posts == 3) return http_answer(503, "busy");
    return store.take(body) ? next_answer(store.next()) : http_answer(409, "");
  });
  const ProcessResult ran = guest.over_http(lab);
  lab.stop();
  CHECK(ran.ok());
  CHECK(ran.out == "klab: results wait: the lab answered with status 503: busy\n"
                   "klab: results wait: the lab answered with status 503: busy\n");
  CHECK_FALSE(failure_of(store.bytes(), guest.job));
  REQUIRE(lab.bodies.size() == 5);
  CHECK(frame_numbers(lab.bodies[3]) == "1 2 3 4 5 6 7 8 9");
}

TEST_CASE("a lab that takes only part is sent the rest") {
  Guest guest;
  FrameStore store;
  LabServer lab([&](const std::string& body) {
    return store.take(body.substr(0, body.find('\n') + 1)) ? next_answer(store.next()) : http_answer(409, "");
  });
  CHECK(guest.over_http(lab).ok());
  lab.stop();
  CHECK_FALSE(failure_of(store.bytes(), guest.job));
  CHECK(lab.bodies.size() == all_frames);
}

TEST_CASE("a lab that wants no more results ends the job") {
  for (const int status : {400, 404, 409, 410}) {
    Guest guest;
    guest.program("#!/bin/sh\n>started\n");
    LabServer lab([&](const std::string& body) {
      return frame_numbers(body) == "0" ? next_answer(1) : http_answer(status, "this boot\tis over\r\nx");
    });
    const ProcessResult ran = guest.over_http(lab);
    lab.stop();
    CHECK(ran.exit_code == 1);
    CHECK(ran.err == fmt::format("klab: cannot send results: the lab answered with status {}: this boot?is over\n", status));
    CHECK(lab.bodies.size() == 2);
    CHECK_FALSE(fs::exists(guest.folder.path() / "answer/started"));
  }
}

TEST_CASE("many frames go in bodies of bounded size") {
  Guest guest;
  guest.program("#!/bin/sh\ni=0\nwhile [ $i -lt 3000 ]; do i=$((i + 1)); echo log " + std::string(200, 'x') +
                "; done\necho answer 1\n");
  FrameStore store;
  LabServer lab([&](const std::string& body) { return store.take(body) ? next_answer(store.next()) : http_answer(409, ""); });
  CHECK(guest.over_http(lab).ok());
  lab.stop();
  CHECK_FALSE(failure_of(store.bytes(), guest.job));
  CHECK(store.next() == 3 * 3002 + 2);
  for (const std::string& body : lab.bodies) CHECK(body.size() <= 256 * 1024);
}

TEST_CASE("where nobody answers at first results go over the console") {
  Guest guest;
  FrameStore store;
  int port = 0;
  {
    const LabServer gone([](const std::string&) { return std::string(); });
    port = gone.port();
  }
  LabConsole console([&](const std::string& line) {
    return line.starts_with("klab1 ") && store.take(line) ? fmt::format("klab-next {}\n", store.next()) : std::string();
  });
  const ProcessResult ran = guest.run(fmt::format("http 127.0.0.1 {} /x", port), console.path(), 20);
  console.stop();
  CHECK(ran.ok());
  const std::string cause = fmt::format("cannot connect to 127.0.0.1:{}: Connection refused", port);
  CHECK(ran.out.starts_with("klab: results wait: " + cause + "\nklab: results wait: " + cause + "\n"));
  CHECK(ran.out.ends_with("\nklab: cannot send results over the network: " + cause + "; sending them over the console\n"));
  CHECK_FALSE(failure_of(store.bytes(), guest.job));
}

TEST_CASE("over the console an acknowledged frame goes once, and answers are not echoed") {
  Guest guest;
  FrameStore store;
  LabConsole console([&](const std::string& line) {
    return store.take(line) ? fmt::format("noise\r\nklab-next {}\r\n", store.next()) : std::string();
  });
  const ProcessResult ran = guest.run("console", console.path(), 1);
  console.stop();
  INFO(ran.err);
  CHECK(ran.ok());
  CHECK(console.lines.size() == all_frames);
  CHECK(join(console.lines, "\n") + "\n" == store.bytes());
  CHECK_FALSE(failure_of(store.bytes(), guest.job));
}

TEST_CASE("frames that a console lost are repeated") {
  Guest guest;
  FrameStore store;
  std::map<std::string, int> copies;
  LabConsole console([&](const std::string& line) {
    const int number = std::stoi(line.substr(6)), copy = ++copies[line];
    if ((number % 3 == 0 && copy == 1) || (number % 5 == 0 && copy <= 2)) return std::string();
    store.take(line);
    return fmt::format("klab-next {}\n", store.next());
  });
  const ProcessResult ran = guest.run("console", console.path(), 5);
  console.stop();
  CHECK(ran.ok());
  CHECK_FALSE(failure_of(store.bytes(), guest.job));
  CHECK(copies.size() == all_frames);
  for (const auto& [line, number] : copies) CHECK(number <= 5);
}

TEST_CASE("a lab that never answers on the console gets every frame five times") {
  Guest guest;
  LabConsole console([](const std::string&) { return "klab-next 99\nklab-next\nklab-next x\nklab-next 1x\n" + std::string(500, 'y'); });
  const ProcessResult ran = guest.run("console", console.path(), 200);
  console.stop();
  CHECK(ran.ok());
  std::map<std::string, int> copies;
  for (const std::string& line : console.lines) ++copies[line];
  CHECK(copies.size() == all_frames);
  for (const auto& [line, number] : copies) {
    INFO(line);
    CHECK(number == 5);
  }
}

TEST_CASE("a lab that answers on the console at last gets what it missed") {
  Guest guest;
  FrameStore store;
  std::size_t count = 0;
  LabConsole console([&](const std::string& line) {
    // Hello five times, and nobody hears it.
    if (++count <= 5) return std::string();
    store.take(line);
    return fmt::format("klab-next {}\n", store.next());
  });
  const ProcessResult ran = guest.run("console", console.path(), 10);
  console.stop();
  CHECK(ran.ok());
  CHECK_FALSE(failure_of(store.bytes(), guest.job));
}
