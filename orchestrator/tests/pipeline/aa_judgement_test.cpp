// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/aa_judgement.hpp"

#include <catch2/catch.hpp>

using namespace klab;

TEST_CASE("A/A judgement: what the procedure made of equal kernels is said, and from twenty runs on judged") {
  CHECK_FALSE(judge_aa({40, 3}).alarming);
  CHECK(judge_aa({20, 6}).alarming);
  CHECK(judge_aa({0, 0}).words == "none yet");
  CHECK(judge_aa({1, 1}).words == "equal kernels were told apart in 1 of 1 A/A run; from 20 on that is judged");
  CHECK(judge_aa({40, 3}).words == "equal kernels were told apart in 3 of 40 A/A runs; one in twenty is to be expected (binomial p 0.32)");
  CHECK(judge_aa({20, 6}).words ==
        "equal kernels were told apart in 6 of 20 A/A runs, where one in twenty is to be expected (binomial p 0.00033): verdicts of this "
        "lab are not to be trusted until it is found why");
}
