// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command_set.hpp"

#include <algorithm>
#include <charconv>

#include "util/text.hpp"

namespace klab::cli {

CLI::Validator positive_number() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc() && end == text.data() + text.size() && number > 0) return {};
        return "\"" + printable(text) + "\" is no whole number above 0";
      },
      "", "positive number");
}

void split_empty_value(std::vector<std::string>& arguments, const std::string& option) {
  const auto found = std::find(arguments.begin(), arguments.end(), option + "=");
  if (found == arguments.end()) return;
  *found = option;
  arguments.insert(found + 1, std::string());
}

CLI::App* CommandSet::command(const char* name, const char* about, std::function<int()> action) {
  auto* sub = program_.add_subcommand(name, about);
  sub->callback([this, action = std::move(action)] { action_ = action; });
  return sub;
}

}  // namespace klab::cli
