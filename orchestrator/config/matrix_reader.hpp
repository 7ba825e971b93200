// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/matrix_expansion.hpp"
#include "config/toml_reader.hpp"
#include "model/matrix.hpp"

namespace klab {

// The top table of a matrix file into a Matrix. What is wrong ends in the reader. For one use.
class MatrixReader {
 public:
  MatrixReader(TomlReader& reader, const Config& config, Matrix& matrix) : reader_(reader), config_(config), matrix_(matrix) {}
  void read();

 private:
  void read_sources();
  void read_series();
  void read_kconfigs();
  void read_lists();
  void read_workloads();
  void read_reference();
  void expand_all();
  void exclude(TomlReader& reader);
  void include(TomlReader& reader);
  // Keys of an exclude or include that were given, as fields of a cell.
  struct Pattern {
    std::vector<std::pair<const char*, std::string Cell::*>> given;
    Cell cell;
  };
  Pattern read_pattern(TomlReader& reader);

  void check_tree(TomlReader& reader, const char* key, const std::string& tree);
  void check_ref(TomlReader& reader, const char* key, const std::string& ref);
  void check_fragments(TomlReader& reader, const char* key, const std::vector<std::string>& fragments);
  std::string spelled_machine(TomlReader& reader, const char* key, const std::string& machine);
  void check_workload(TomlReader& reader, const char* key, const std::string& workload);
  void check_command_line(TomlReader& reader, const char* key, const std::string& line);
  void no_doubles(const char* key, const std::vector<std::string>& values);

  TomlReader& reader_;
  const Config& config_;
  Matrix& matrix_;
  MatrixLists lists_;
};

}  // namespace klab
