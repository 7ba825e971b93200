// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "model/matrix.hpp"
#include "util/result.hpp"

namespace klab {

inline constexpr std::size_t most_cells = 4096;

// A matrix file, checked against the configuration and expanded; named after the file. Errors (kind input) name
// file, line and key. What only its use can tell (a ref that is not there, a workload's parameter) is not checked.
Result<Matrix> parse_matrix(std::string_view text, const std::filesystem::path& file, const Config& config);
Result<Matrix> load_matrix(const std::filesystem::path& file, const Config& config);

// NAME.toml of the configuration's directory of matrices; kind input when there is none.
Result<std::filesystem::path> find_matrix(const std::string& name, const Config& config);
std::vector<std::string> matrix_names(const Config& config);  // by name

}  // namespace klab
