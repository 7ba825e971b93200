// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/streams.hpp"

namespace klab::cli {

// A whole number above 0, whose message says so; CLI11's own names the largest double.
CLI::Validator positive_number();

// "--option=" as the option and an empty value behind it; CLI11 would take the next word for the value.
void split_empty_value(std::vector<std::string>& arguments, const std::string& option);

// What groups of commands have in common. Refers to what its caller owns; the options that a group reads into live as
// long as the group, because CLI11 writes through references until the command line is read.
class CommandSet {
 public:
  CommandSet(CLI::App& program, std::function<int()>& action, Streams& streams)
      : program_(program), action_(action), streams_(streams) {}

 protected:
  // A command whose action is taken up when it is the one on the command line.
  CLI::App* command(const char* name, const char* about, std::function<int()> action);
  void json_flag(CLI::App* sub) { sub->add_flag("--json", json_, "JSON for programs"); }

  CLI::App& program_;
  std::function<int()>& action_;
  Streams& streams_;
  bool json_ = false;
};

}  // namespace klab::cli
