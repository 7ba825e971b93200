// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/matrix_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "config/matrix_file.hpp"
#include "config/matrix_parts.hpp"
#include "model/machine_selector.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

bool plain_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '+'; });
}

template <class Map>
std::string known(const Map& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) names.push_back(entry.first);
  return join(names, ", ");
}

// A string, or a list of strings that belong together, with spaces between.
std::optional<std::string> text_or_list(const toml::node& node) {
  if (auto text = node.value_exact<std::string>()) return text;
  const auto* array = node.as_array();
  if (!array || array->empty()) return std::nullopt;
  std::vector<std::string> parts;
  for (const auto& element : *array) {
    auto text = element.value_exact<std::string>();
    if (!text) return std::nullopt;
    parts.push_back(*text);
  }
  return join(parts, " ");
}

}  // namespace

void MatrixReader::read() {
  reader_.read("description", matrix_.description);
  read_sources();
  read_series();
  read_kconfigs();
  read_lists();
  read_workloads();
  int boots = 0;
  double delta = 0.0;
  reader_.read_range("boots", boots, 1, 100);
  reader_.read_range("delta", delta, 0.0, 1.0);
  if (reader_.has("boots")) matrix_.boots = boots;
  if (reader_.has("delta")) matrix_.delta = delta;
  std::string unchanged = "skip";
  reader_.read("unchanged", unchanged);
  if (unchanged != "skip" && unchanged != "aa") reader_.fail_at("unchanged", "must be \"skip\" or \"aa\"");
  matrix_.unchanged = unchanged == "aa" ? Unchanged::aa : Unchanged::skip;
  read_reference();
  reader_.table("nightly", [&](TomlReader& inner) { read_nightly(inner, matrix_.nightly.emplace()); });
  expand_all();
}

void MatrixReader::check_tree(TomlReader& reader, const char* key, const std::string& tree) {
  if (reader.failed() || config_.trees.count(tree)) return;
  if (tree.empty()) reader.fail(fmt::format("needs {}, a tree of klab.toml", key));
  else reader.fail_at(key, fmt::format("no tree \"{}\"; configured are {}", printable(tree), known(config_.trees)));
}

void MatrixReader::check_ref(TomlReader& reader, const char* key, const std::string& ref) {
  if (reader.failed()) return;
  if (ref.empty() || ref.size() > 256 || ref.starts_with('-') || printable(ref) != ref || ref.find(' ') != ref.npos)
    reader.fail_at(key, fmt::format("cannot be \"{}\"; give a commit, tag or branch", printable(ref)));
}

void MatrixReader::check_fragments(TomlReader& reader, const char* key, const std::vector<std::string>& fragments) {
  for (const auto& fragment : fragments) {
    if (reader.failed()) return;
    const auto path = config_.kconfigs() / (fragment + ".config");
    std::error_code ignored;
    if (!plain_name(fragment) || !fs::exists(path, ignored))
      reader.fail_at(key, fmt::format("no kconfig \"{}\"; no such file as \"{}\"", printable(fragment),
                                      (config_.kconfigs() / (printable(fragment) + ".config")).string()));
  }
}

std::string MatrixReader::spelled_machine(TomlReader& reader, const char* key, const std::string& machine) {
  if (reader.failed() || config_.machines.count(machine)) return machine;
  if (!is_machine_selector(machine)) {
    reader.fail_at(key, fmt::format("no machine \"{}\"; configured are {}", printable(machine), known(config_.machines)));
    return machine;
  }
  auto selector = spell_selector(machine);
  if (!selector) reader.fail_at(key, selector.error().message);
  else if (select_hosts(config_.machines, *selector).empty())
    reader.fail_at(key, fmt::format("no host has the labels \"{}\"; see klab host list", printable(*selector)));
  return selector ? *selector : machine;
}

void MatrixReader::check_workload(TomlReader& reader, const char* key, const std::string& workload) {
  std::set<std::string> seen;
  for (const auto& request : split(workload, ' ')) {
    if (reader.failed()) return;
    const auto name = request.substr(0, request.find(':'));
    std::error_code ignored;
    if (!plain_name(name) || !fs::exists(config_.workloads() / name / "workload.toml", ignored))
      reader.fail_at(key, fmt::format("no workload \"{}\"; no workload.toml in \"{}\"", printable(request),
                                      (config_.workloads() / printable(name)).string()));
    else if (!seen.insert(name).second)
      reader.fail_at(key, fmt::format("the workload \"{}\" cannot run twice in the same boots", name));
  }
}

void MatrixReader::check_command_line(TomlReader& reader, const char* key, const std::string& line) {
  if (!reader.failed() && (line.size() > 1024 || printable(line) != line || trim(line) != line))
    reader.fail_at(key, "give at most 1024 printable characters, without spaces at the ends");
}

void MatrixReader::no_doubles(const char* key, const std::vector<std::string>& values) {
  std::set<std::string> seen;
  for (const auto& value : values)
    if (!reader_.failed() && !seen.insert(value).second) reader_.fail_at(key, fmt::format("\"{}\" is there twice", printable(value)));
}

void MatrixReader::read_sources() {
  std::set<std::pair<std::string, std::string>> seen;
  reader_.each_element("source", [&](TomlReader& inner) {
    std::string tree;
    std::vector<std::string> refs;
    inner.read("tree", tree);
    inner.read_texts("refs", refs);
    check_tree(inner, "tree", tree);
    if (!inner.failed() && refs.empty()) inner.fail("needs refs, such as refs = [\"master\"]");
    for (const auto& ref : refs) {
      check_ref(inner, "refs", ref);
      if (!inner.failed() && !seen.insert({tree, ref}).second)
        inner.fail_at("refs", fmt::format("\"{}\" of tree {} is there twice", printable(ref), tree));
      lists_.sources.push_back({tree, ref});
    }
  });
  if (!reader_.failed() && lists_.sources.empty()) reader_.fail_at("source", "there is no [[source]]; give one with tree and refs");
}

void MatrixReader::read_series() {
  reader_.each_element("series", [&](TomlReader& inner) {
    MatrixSeries series;
    inner.read("name", series.name);
    inner.read_texts("sources", series.sources);
    if (inner.failed()) return;
    if (!plain_name(series.name) || series.name == "plain")
      return inner.fail_at("name", "give 1 to 64 letters, digits, '-', '_', '+' or '.'; \"plain\" is the tree as it is");
    if (series.sources.empty()) return inner.fail("a series needs sources, a list of files, directories or ranges");
    for (auto& source : series.sources) {
      const auto path = matrix_.directory / source;
      std::error_code ignored;
      if (fs::exists(path, ignored)) source = path.string();
    }
    lists_.series.push_back(series.name);
    matrix_.series.push_back(std::move(series));
  });
  no_doubles("series", lists_.series);
  bool plain = matrix_.series.empty();
  reader_.read("plain", plain);
  if (!reader_.failed() && !plain && matrix_.series.empty()) reader_.fail_at("plain", "cannot be false without [[series]]: nothing would be left");
  if (plain) lists_.series.insert(lists_.series.begin(), std::string());
}

void MatrixReader::read_kconfigs() {
  std::vector<std::string> names;
  reader_.read_texts("kconfigs", names);
  for (const auto& name : names) {
    auto fragments = split(name, ',');
    check_fragments(reader_, "kconfigs", fragments);
    matrix_.kconfigs.push_back({name, {}, std::move(fragments)});
  }
  reader_.each_element("kconfig", [&](TomlReader& inner) {
    MatrixKconfig kconfig;
    inner.read("name", kconfig.name);
    inner.read("base", kconfig.base);
    inner.read_texts("fragments", kconfig.fragments);
    if (inner.failed()) return;
    if (!plain_name(kconfig.name)) return inner.fail_at("name", "give 1 to 64 letters, digits, '-', '_', '+' or '.'");
    if (!kconfig.base.empty() && !plain_name(kconfig.base)) return inner.fail_at("base", "give a make target such as tinyconfig");
    if (kconfig.fragments.empty()) return inner.fail("needs fragments, such as fragments = [\"lab\"]");
    check_fragments(inner, "fragments", kconfig.fragments);
    matrix_.kconfigs.push_back(std::move(kconfig));
  });
  if (matrix_.kconfigs.empty()) matrix_.kconfigs.push_back({join(config_.defaults.kconfigs, ","), {}, config_.defaults.kconfigs});
  for (const auto& kconfig : matrix_.kconfigs) lists_.kconfigs.push_back(kconfig.name);
  no_doubles("kconfig", lists_.kconfigs);
}

void MatrixReader::read_lists() {
  lists_.command_lines = {std::string(trim(config_.defaults.command_line))};
  reader_.read_texts("command_lines", lists_.command_lines);
  if (!reader_.failed() && lists_.command_lines.empty())
    reader_.fail_at("command_lines", "is empty; leave it away for the configuration's, or give \"\" for none");
  if (reader_.has("command_lines"))
    for (const auto& line : lists_.command_lines) check_command_line(reader_, "command_lines", line);
  no_doubles("command_lines", lists_.command_lines);
  lists_.machines = {config_.defaults.machine};
  reader_.read_texts("machines", lists_.machines);
  if (!reader_.failed() && lists_.machines.empty()) reader_.fail_at("machines", "is empty; leave it away for the configuration's");
  for (auto& machine : lists_.machines) machine = spelled_machine(reader_, "machines", machine);
  no_doubles("machines", lists_.machines);
}

void MatrixReader::read_workloads() {
  const auto* node = reader_.find("workloads");
  if (!node) {
    if (!reader_.failed()) lists_.workloads = {join(config_.defaults.workloads, " ")};
    return;
  }
  const auto* array = node->as_array();
  if (!array || array->empty()) return reader_.fail(*node, "workloads", "must be a list of strings, or of lists of strings that share boots");
  for (const auto& element : *array) {
    const auto text = text_or_list(element);
    if (!text) return reader_.fail(element, "workloads", "must be a list of strings, or of lists of strings that share boots");
    check_workload(reader_, "workloads", *text);
    lists_.workloads.push_back(*text);
  }
  no_doubles("workloads", lists_.workloads);
}

void MatrixReader::read_reference() {
  if (!reader_.failed() && !reader_.has("reference"))
    reader_.fail_at("reference", "there is no [reference]; give the tree and ref of a kernel that stays the same, which every night is measured beside");
  reader_.table("reference", [&](TomlReader& inner) {
    inner.read("tree", matrix_.reference.tree);
    inner.read("ref", matrix_.reference.ref);
    check_tree(inner, "tree", matrix_.reference.tree);
    if (!inner.failed() && matrix_.reference.ref.empty()) inner.fail("needs ref, a commit or tag that stays the same");
    check_ref(inner, "ref", matrix_.reference.ref);
  });
}

MatrixReader::Pattern MatrixReader::read_pattern(TomlReader& reader) {
  Pattern pattern;
  const std::pair<const char*, std::string Cell::*> keys[] = {
      {"tree", &Cell::tree},       {"ref", &Cell::ref},   {"series", &Cell::series}, {"kconfig", &Cell::kconfig}, {"command_line", &Cell::command_line},
      {"machine", &Cell::machine}, {"workload", &Cell::workload}};
  for (const auto& [key, field] : keys) {
    const auto* node = reader.find(key);
    if (!node) continue;
    const auto text = text_or_list(*node);
    if (!text || (field != &Cell::workload && node->is_array())) {
      reader.fail(*node, key, "must be a string");
      return pattern;
    }
    pattern.cell.*field = *text;
    pattern.given.emplace_back(key, field);
  }
  reader.finish();  // a key with a typing error would say less than was meant
  if (!pattern.cell.machine.empty()) pattern.cell.machine = spelled_machine(reader, "machine", pattern.cell.machine);
  if (pattern.cell.series == "plain") pattern.cell.series.clear();
  return pattern;
}

void MatrixReader::exclude(TomlReader& reader) {
  const auto pattern = read_pattern(reader);
  if (reader.failed()) return;
  if (pattern.given.empty()) return reader.fail("says nothing, which would exclude everything; give at least one key");
  const auto before = matrix_.cells.size();
  std::erase_if(matrix_.cells, [&](const Cell& cell) {
    return std::all_of(pattern.given.begin(), pattern.given.end(), [&](const auto& key) { return cell.*key.second == pattern.cell.*key.second; });
  });
  if (matrix_.cells.size() == before) reader.fail("matches no cell; correct it or take it away");
}

void MatrixReader::include(TomlReader& reader) {
  auto pattern = read_pattern(reader);
  auto& cell = pattern.cell;
  cell.matrix = matrix_.name;
  // What is the same everywhere need not be said again.
  const auto complete = [&](const char* key, std::string Cell::*field, const std::vector<std::string>& values) {
    if (reader.failed() || std::any_of(pattern.given.begin(), pattern.given.end(), [&](const auto& given) { return given.second == field; })) return;
    if (values.size() == 1) cell.*field = values.front();
    else reader.fail(fmt::format("needs {}: there are {} to choose from", key, values.size()));
  };
  std::vector<std::string> trees, refs;
  for (const auto& source : lists_.sources) {
    if (std::find(trees.begin(), trees.end(), source.tree) == trees.end()) trees.push_back(source.tree);
    if (std::find(refs.begin(), refs.end(), source.ref) == refs.end()) refs.push_back(source.ref);
  }
  complete("tree", &Cell::tree, trees);
  complete("ref", &Cell::ref, refs);
  complete("series", &Cell::series, lists_.series);
  complete("kconfig", &Cell::kconfig, lists_.kconfigs);
  complete("command_line", &Cell::command_line, lists_.command_lines);
  complete("machine", &Cell::machine, lists_.machines);
  complete("workload", &Cell::workload, lists_.workloads);
  check_tree(reader, "tree", cell.tree);
  check_ref(reader, "ref", cell.ref);
  check_command_line(reader, "command_line", cell.command_line);
  check_workload(reader, "workload", cell.workload);
  if (reader.failed()) return;
  const auto series = std::find_if(matrix_.series.begin(), matrix_.series.end(), [&](const auto& s) { return s.name == cell.series; });
  if (!cell.series.empty() && series == matrix_.series.end()) return reader.fail_at("series", fmt::format("no [[series]] \"{}\"", printable(cell.series)));
  const auto kconfig = std::find_if(matrix_.kconfigs.begin(), matrix_.kconfigs.end(), [&](const auto& k) { return k.name == cell.kconfig; });
  if (kconfig == matrix_.kconfigs.end()) {
    auto fragments = split(cell.kconfig, ',');
    check_fragments(reader, "kconfig", fragments);
    if (reader.failed()) return;
    matrix_.kconfigs.push_back({cell.kconfig, {}, std::move(fragments)});
  }
  if (std::any_of(matrix_.cells.begin(), matrix_.cells.end(), [&](const Cell& other) { return place_of(other) == place_of(cell); }))
    return reader.fail("the matrix has this cell already; take it away");
  matrix_.cells.push_back(std::move(cell));
}

void MatrixReader::expand_all() {
  if (!reader_.failed()) {
    if (const auto count = product(lists_); count > most_cells)
      return reader_.fail_at("cells", fmt::format("the lists make {} cells, at most {} can be; shorten a list", with_thousands(static_cast<long long>(count)), with_thousands(most_cells)));
    matrix_.cells = expand(lists_, matrix_.name);
  }
  reader_.each_element("exclude", [&](TomlReader& inner) { exclude(inner); });
  reader_.each_element("include", [&](TomlReader& inner) { include(inner); });
  if (reader_.failed()) return;
  if (matrix_.cells.empty()) return reader_.fail_at("exclude", "the excludes leave no cell");
  if (matrix_.cells.size() > most_cells)
    return reader_.fail_at("cells", fmt::format("there are {} cells, at most {} can be", with_thousands(static_cast<long long>(matrix_.cells.size())), with_thousands(most_cells)));
  label_cells(matrix_.cells);
  std::set<std::string> labels;
  for (const auto& cell : matrix_.cells)
    if (!labels.insert(cell.label).second) return reader_.fail_at("cells", fmt::format("two cells would be called \"{}\"; give their kconfigs or series other names", cell.label));
}

}  // namespace klab
