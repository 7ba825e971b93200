// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/offline_commands.hpp"

#include "cli/console_command.hpp"

namespace klab::cli {

void OfflineCommands::add() {
  add_analyse();
  add_series();
  add_console();
}

void OfflineCommands::add_analyse() {
  auto* sub = command("analyse", "the same table for measurements of your own; needs no klabd", [this] {
    analyse_.format = json_ ? "json" : format_;
    return analyse(streams_, analyse_);
  });
  sub->add_option("FILE", analyse_.file,
                  "CSV with the columns arm,boot,slot,workload,case,metric,unit,better,value; \"-\" is "
                  "standard input")
      ->required();
  sub->add_option("--reference", analyse_.reference, "the arm to compare with (default: the first of the file)")
      ->type_name("ARM");
  sub->add_option("--delta", analyse_.delta, "practical threshold as a ratio (default: 0.02)")
      ->check(CLI::Range(0.0, 1.0));
  auto* format = sub->add_option("--format", format_, "text, html, json or csv (default: text)")
                     ->check(CLI::IsMember(std::vector<std::string>{"text", "html", "json", "csv"}))
                     ->type_name("FORMAT");
  sub->add_flag("--json", json_, "the same as --format json")->excludes(format);
}

void OfflineCommands::add_series() {
  auto* sub = command("series", "what klab reads from mails and patches; needs no klabd", [this] {
    series_.json = json_;
    return show_series(streams_, series_);
  });
  sub->add_option("SERIES", series_.sources, "as klab submit takes them")->required();
  sub->add_option("--version", series_.version, "of the series (default: the newest)")->check(CLI::Range(1, 1000));
  sub->add_option("--patches", series_.patches, "only these patches, such as 1-3")->type_name("RANGE");
  sub->add_option("--repository", series_.repository, "where a git range is looked up (default: here)")
      ->type_name("PATH");
  json_flag(sub);
}

void OfflineCommands::add_console() {
  auto* sub = command("console", "crashes and hangs in console logs, exit status 1 when there is one; needs no klabd",
                      [this] { return show_consoles(streams_, consoles_, json_); });
  sub->add_option("FILE", consoles_, "console logs; \"-\" is standard input")->required();
  json_flag(sub);
}

}  // namespace klab::cli
