// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "util/result.hpp"

namespace klab {

struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  // NAME=value; nothing else is inherited when set. Unset: the parent's environment.
  std::optional<std::vector<std::string>> environment;
  std::filesystem::path working_directory;       // empty: the parent's
  std::string standard_input;                    // written whole, then closed
  std::filesystem::path output_file;             // when set, stdout and stderr are appended there as well
  std::uint64_t output_file_limit = ~0ull;       // bytes that it may come to; what is more is not written
  std::function<void()> on_output_file_full;     // called once, when the limit has kept something out
  bool merge_stderr = false;                     // stderr goes into ProcessResult::out, in order
  std::chrono::milliseconds deadline{0};         // 0: none
  std::size_t output_limit = 64u << 20;          // bytes kept per stream; older ones are dropped
  bool network_capabilities = false;             // for dnsmasq: those of them that klabd was given; else none
  std::function<void(int)> on_start;             // called once with the child's pid, before it is waited for
  // What the program prints first of all to stdout once its launchers (bwrap, mount) have done: whatever they have
  // to say comes before it, and nothing of the program's own. Left out of the output.
  std::string begin_line;
};

struct ProcessResult {
  int exit_code = 0;       // valid when signal == 0
  int signal = 0;          // the signal that ended it, or 0
  bool timed_out = false;  // the deadline passed and the group was killed
  bool out_cut = false;    // `out` lost its beginning to output_limit
  bool begun = false;      // begin_line came
  std::string out;
  std::string err;
  bool ok() const { return exit_code == 0 && signal == 0 && !timed_out; }
  std::string describe() const;  // "exit status 2", "killed by signal 9", "no end within 30 s"
};

// Runs a program in a process group of its own and waits for it. When `stop` is requested or the
// deadline passes, the whole group is killed. An error means the program could not be started
// (kind lab) or a stop was requested (kind stopped); a non-zero exit is a ProcessResult.
// Ignores SIGPIPE in the whole process from its first use on (the child gets the default back).
// Must be awaited on the executor's own thread. Owns the child until it has been reaped.
boost::asio::awaitable<Result<ProcessResult>> run_process(ProcessSpec spec, std::stop_token stop = {});

// The same for callers without a reactor; blocks the calling thread.
Result<ProcessResult> run_process_blocking(ProcessSpec spec, std::stop_token stop = {});

}  // namespace klab
