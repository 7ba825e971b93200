// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "model/matrix.hpp"

namespace klab {

// The lists whose product the cells are. None is empty.
struct MatrixLists {
  std::vector<MatrixSource> sources;
  std::vector<std::string> series;  // names; "": the tree as it is
  std::vector<std::string> kconfigs;
  std::vector<std::string> command_lines;
  std::vector<std::string> machines;
  std::vector<std::string> workloads;
};

std::size_t product(const MatrixLists& lists);
// In the order of the lists, the last varying fastest; without labels.
std::vector<Cell> expand(const MatrixLists& lists, const std::string& matrix);
// Gives every cell the label that tells it from the others: what varies, and nothing else.
void label_cells(std::vector<Cell>& cells);

}  // namespace klab
