// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/reference_note.hpp"

#include <set>

#include "config/matrix_parts.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

constexpr int nights_looked_at = 30;
constexpr const char* remedy = "every trend is cut where it changes. Name a commit or a tag in [reference]";

// Another reference in the file is no move of this one.
bool had(const Night& night, const MatrixSource& reference) {
  const auto then = reference_of(night.definition);
  return then && then->tree == reference.tree && then->ref == reference.ref;
}

}  // namespace

asio::awaitable<Result<std::string>> reference_note(Lab& lab, MatrixSource reference, std::vector<Night> nights) {
  std::set<std::string> commits;
  int looked_at = 0;
  for (const auto& night : nights) {
    if (!had(night, reference)) continue;
    if (++looked_at > nights_looked_at) break;
    auto cells = lab.nights.night_cells(night.id);
    if (!cells) co_return cells.error();
    for (const auto& cell : *cells)
      if (!cell.reference_commit.empty()) commits.insert(cell.reference_commit);
  }
  if (commits.size() > 1)
    co_return fmt::format("the reference {} of tree {} was {} commits in the newest {} nights: {}", reference.ref, reference.tree, commits.size(),
                          std::min(looked_at, nights_looked_at), remedy);
  auto tree = lab.tree(reference.tree);
  if (!tree) co_return std::string();
  const auto moving = co_await lab.trees.moving_ref(*tree, reference.ref, {});
  if (moving.empty()) co_return std::string();
  co_return fmt::format("the reference {} of tree {} is {}, which can move: {}", reference.ref, reference.tree, moving, remedy);
}

}  // namespace klab
