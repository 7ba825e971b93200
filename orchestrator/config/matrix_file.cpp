// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/matrix_file.hpp"

#include <algorithm>
#include <set>

#include "config/matrix_expansion.hpp"
#include "config/matrix_reader.hpp"
#include "util/file.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

bool is_matrix_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '+'; });
}

}  // namespace

Result<Matrix> parse_matrix(std::string_view text, const fs::path& file, const Config& config) {
  const std::string shown = file.string();
  Matrix matrix;
  matrix.name = file.stem().string();
  matrix.definition = text;
  matrix.directory = file.parent_path();
  if (!is_matrix_name(matrix.name))
    return input_error("cannot use \"{}\": a matrix is named after its file: 1 to 64 letters, digits, '-', '_', '+' or '.'", printable(shown));
  auto table = parse_toml(text, shown);
  if (!table) return table.error();
  std::optional<Error> error;
  TomlReader reader(*table, "", shown, error);
  MatrixReader(reader, config, matrix).read();
  reader.finish();
  if (error) return *error;
  return matrix;
}

Result<Matrix> load_matrix(const fs::path& file, const Config& config) {
  auto text = read_file(file);
  if (!text) return text.error();
  return parse_matrix(*text, file, config);
}

std::vector<std::string> matrix_names(const Config& config) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(config.matrices_directory, ignored))
    if (entry.path().extension() == ".toml" && is_matrix_name(entry.path().stem().string())) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

Result<fs::path> find_matrix(const std::string& name, const Config& config) {
  if (config.matrices_directory.empty())
    return input_error("cannot find the matrix \"{}\": klab runs without a configuration file, beside which matrices/ would be",
                       printable(name));
  const auto path = config.matrices_directory / (name + ".toml");
  std::error_code ignored;
  if (is_matrix_name(name) && fs::is_regular_file(path, ignored)) return path;
  const auto names = matrix_names(config);
  return input_error("cannot find the matrix \"{}\": {} has {}", printable(name), config.matrices_directory.string(),
                     names.empty() ? "no .toml files" : join(names, ", "));
}

}  // namespace klab
