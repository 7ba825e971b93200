// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/matrix_parts.hpp"

#include <catch2/catch.hpp>

#include "support/error_words.hpp"

using namespace klab;

TEST_CASE("matrix parts: when it runs and what it is measured beside, whatever the rest names") {
  const std::string gone = "machines = [\"sold\"]\n[[source]]\ntree = \"gone\"\nrefs = [\"master\"]\n";
  CHECK_FALSE(nightly_of(gone).value());
  CHECK(reference_of(gone)->ref.empty());
  const auto text = gone + "[reference]\ntree = \"gone\"\nref = \"v6.12\"\n[nightly]\nat = \"23:30\"\ndays = [\"mon\", \"sun\"]\nbudget = \"2h30m\"\n";
  const auto nightly = nightly_of(text).value();
  REQUIRE(nightly);
  CHECK(nightly->hour == 23);
  CHECK(nightly->minute == 30);
  CHECK(nightly->days == std::array<bool, 7>{true, false, false, false, false, false, true});
  CHECK(nightly->budget == 9000.0);
  CHECK(reference_of(text)->tree == "gone");
  CHECK(reference_of(text)->ref == "v6.12");
}

TEST_CASE("matrix parts: what cannot be read is told apart from what is not there") {
  CHECK(nightly_of("[nightly]\nat = \"25:00\"\n").error().message ==
        "cannot use \"the matrix as it was\": line 2: nightly.at: must be a time of day such as \"02:00\"");
  CHECK(nightly_of("nightly = 3\n").error().message == "cannot use \"the matrix as it was\": line 1: nightly: must be a table");
  CHECK(nightly_of("[nightly\n").error().message.starts_with("cannot use \"the matrix as it was\": line 1: "));
  CHECK(reference_of("[reference]\nref = 7\n").error().message ==
        "cannot use \"the matrix as it was\": line 2: reference.ref: must be a string");
  CHECK_FALSE(nightly_of("").value());
}
