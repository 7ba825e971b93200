// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <pty.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "util/fd.hpp"
#include "tests/workload/support.hpp"

namespace klab::testing {

// The lab's end of a console. `hear` is called on its thread with each line that came and gives what to send back.
// Owns its thread, which ends with it.
class LabConsole {
 public:
  explicit LabConsole(std::function<std::string(const std::string&)> hear) : hear_(std::move(hear)) {
    int master = -1, slave = -1;
    char name[256];
    REQUIRE(::openpty(&master, &slave, name, nullptr, nullptr) == 0);
    master_.reset(master);
    slave_.reset(slave);
    path_ = name;
    thread_ = std::thread([this] { listen(); });
  }
  ~LabConsole() { stop(); }
  // The guest has ended. Afterwards what came may be read.
  void stop() {
    slave_.reset();
    if (thread_.joinable()) thread_.join();
  }
  const std::string& path() const { return path_; }

  std::vector<std::string> lines;  // without their ends, and without empty ones

 private:
  void listen() {
    std::string line;
    char bytes[4096];
    for (ssize_t got; (got = ::read(master_.get(), bytes, sizeof(bytes))) > 0;)
      for (ssize_t i = 0; i < got; ++i) {
        if (bytes[i] != '\n' && bytes[i] != '\r') line += bytes[i];
        if (bytes[i] != '\n' || line.empty()) continue;
        lines.push_back(std::exchange(line, {}));
        const std::string answer = hear_(lines.back());
        if (::write(master_.get(), answer.data(), answer.size()) < 0) return;
      }
  }

  std::function<std::string(const std::string&)> hear_;
  UniqueFd master_, slave_;
  std::string path_;
  std::thread thread_;
};

}  // namespace klab::testing
