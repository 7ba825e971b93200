// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/analyse.hpp"
#include "cli/command_set.hpp"
#include "cli/series_command.hpp"

namespace klab::cli {

// analyse, series, console: what needs no klabd and no configuration.
class OfflineCommands : private CommandSet {
 public:
  using CommandSet::CommandSet;
  void add();

 private:
  void add_analyse();
  void add_series();
  void add_console();

  AnalyseOptions analyse_;
  SeriesOptions series_;
  std::vector<std::string> consoles_;
  std::string format_ = "text";
};

}  // namespace klab::cli
