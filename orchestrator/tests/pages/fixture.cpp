// SPDX-License-Identifier: GPL-3.0-or-later
// pages_fixture STATE: makes STATE/klab.db, for klabd to show. See check.sh.
#include <cstdio>
#include <exception>

#include "tests/pages/stored_lab.hpp"

int main(int count, char** words) {
  if (count != 2) return std::fprintf(stderr, "usage: pages_fixture STATE\n"), 64;
  try {
    const std::filesystem::path state = words[1];
    std::filesystem::create_directories(state);
    auto database = klab::Database::open(state / "klab.db");
    if (!database) throw std::runtime_error(database.error().message);
    klab::test::StoredLab lab(*database);
    lab.add_host();
    lab.add_aa_runs(12);
    lab.add_nights(60, 4);
    lab.add_experiments();
    lab.add_unplaced();
  } catch (const std::exception& e) {
    return std::fprintf(stderr, "pages_fixture: %s\n", e.what()), 1;
  }
  return 0;
}
