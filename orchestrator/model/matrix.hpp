// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/night.hpp"

namespace klab {

struct MatrixSource {
  std::string tree;
  std::string ref;
};

struct MatrixSeries {
  std::string name;
  std::vector<std::string> sources;  // as klab submit takes them; paths relative to the file
};

struct MatrixKconfig {
  std::string name;
  std::string base;  // empty: the configuration's
  std::vector<std::string> fragments;
};

// When a matrix runs by itself, in local time.
struct NightlySchedule {
  int hour = 0;
  int minute = 0;
  std::array<bool, 7> days{true, true, true, true, true, true, true};  // Monday first
  std::optional<double> budget;  // seconds from then on; what has not begun by then is put off. Unset: until the next start
};

// What becomes of a cell whose inputs are those of the last time.
enum class Unchanged { skip, aa };

// A matrix file: lists, what their product leaves out and has besides, and the cells that come of it.
struct Matrix {
  std::string name;
  std::string description;
  std::string definition;  // the file's text
  std::filesystem::path directory;
  std::vector<MatrixSeries> series;
  std::vector<MatrixKconfig> kconfigs;
  MatrixSource reference;  // the pinned kernel that every night is measured beside
  std::optional<int> boots;
  std::optional<double> delta;
  Unchanged unchanged = Unchanged::skip;
  std::optional<NightlySchedule> nightly;
  std::vector<Cell> cells;  // without ids
};

}  // namespace klab
