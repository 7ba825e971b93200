// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/machine_selector.hpp"

#include <algorithm>
#include <regex>
#include <set>

#include "util/text.hpp"

namespace klab {

bool is_machine_selector(std::string_view text) { return text.find('=') != std::string_view::npos; }

Result<std::string> spell_selector(std::string_view text) {
  static const std::regex label("[A-Za-z0-9_.-]{1,32}=[A-Za-z0-9_.-]{1,64}");
  std::set<std::string> labels;
  for (const auto& part : split(text, ',')) {
    const std::string word(trim(part));
    if (!std::regex_match(word, label))
      return input_error("cannot select machines by \"{}\": give labels such as pool=small or arch=arm64, with commas between",
                         printable(text));
    labels.insert(word);
  }
  return join({labels.begin(), labels.end()}, ",");
}

std::vector<std::string> select_hosts(const std::map<std::string, MachineSpec>& machines, std::string_view selector) {
  const auto wanted = split(selector, ',');
  std::vector<std::string> names;
  for (const auto& [name, machine] : machines) {
    const auto has = [&](const std::string& label) {
      return std::find(machine.labels.begin(), machine.labels.end(), label) != machine.labels.end();
    };
    if (machine.driver == "ipmi" && std::all_of(wanted.begin(), wanted.end(), has)) names.push_back(name);
  }
  return names;
}

}  // namespace klab
