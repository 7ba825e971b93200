// SPDX-License-Identifier: GPL-3.0-or-later
// What the order of the boots does to labellings and verdicts.
#include "contrast_data.hpp"
#include "stats/compare.hpp"

using namespace klab;
using namespace klab::stats_test;

namespace {

const std::vector<int> kAlternating{0, 1, 0, 1, 0, 1, 0, 1, 0, 1};

ContrastData in_order(const std::vector<int>& order, BootOrder kind) {
  ContrastData data = contrast({row("case", kA, kCase1)});
  set_slots(data, order);
  data.order = kind;
  return data;
}

// The boot in `slot` fails: it has neither a point nor values.
void fail(ContrastData& data, int slot) {
  for (ArmData* arm : {&data.reference, &data.patched}) {
    for (std::size_t i = 0; i < arm->boots.size(); ++i) {
      if (arm->boots[i].slot != slot) continue;
      arm->boots.erase(arm->boots.begin() + static_cast<std::ptrdiff_t>(i));
      ++arm->failed;
      for (RowData& row : data.rows) {
        auto& values = arm == &data.reference ? row.reference : row.patched;
        values.erase(values.begin() + static_cast<std::ptrdiff_t>(i));
      }
      return;
    }
  }
}

}  // namespace

TEST_CASE("a balanced order permutes over the 174 labellings it was drawn from") {
  const Comparison result = compare(in_order(kAlternating, BootOrder::balanced));
  CHECK(result.labellings == 174);
  CHECK(result.order == BootOrder::balanced);
  CHECK(result.rows.front().row_p.value() == Approx(2.0 / 174));
  CHECK(result.rows.front().family_p.value() == Approx(2.0 / 174));
  CHECK(result.rows.front().note.empty());
  CHECK(compare(in_order(kAlternating, BootOrder::uniform)).labellings == 252);
  CHECK(compare(in_order(kAlternating, BootOrder::unknown)).labellings == 252);
}

TEST_CASE("slots count by their rank: those of another machine's boots lie between") {
  ContrastData data = in_order(kAlternating, BootOrder::balanced);
  for (ArmData* arm : {&data.reference, &data.patched}) {
    for (BootPoint& boot : arm->boots) boot.slot = 3 * boot.slot + 100;
  }
  CHECK(compare(data).labellings == 174);
}

TEST_CASE("a failed boot keeps its slot and label, and the rest is permuted around it") {
  // Slot 10 was a patched boot: the labellings of the other nine with which the order is balanced.
  ContrastData data = in_order(kAlternating, BootOrder::balanced);
  fail(data, 10);
  const Comparison result = compare(data);
  std::size_t expected = 0;
  for (unsigned mask = 0; mask < 1u << 9; ++mask) {
    if (__builtin_popcount(mask) != 4) continue;
    int sum = 10;
    for (int i = 0; i < 9; ++i) sum += (mask >> i & 1) != 0 ? i + 1 : 0;
    expected += sum >= 23 && sum <= 32 ? 1 : 0;
  }
  CHECK(result.labellings == expected);
  CHECK(expected < 126);
  CHECK(result.rows.front().note.empty());
  REQUIRE(result.failures);
  CHECK(result.failures->note == "failed boots 0/5 vs 1/5");
}

TEST_CASE("a value missing from a boot keeps that boot's label too") {
  ContrastData data = in_order(kAlternating, BootOrder::balanced);
  ContrastData failed = data;
  data.rows.push_back(data.rows.front());
  data.rows.front().patched[4] = std::nullopt;  // slot 10
  fail(failed, 10);
  const Comparison missing = compare(data);
  const Comparison without = compare(failed);
  CHECK(missing.labellings == 174);
  CHECK(missing.rows.front().row_p == without.rows.front().row_p);
}

TEST_CASE("what cannot be restricted to the balanced set permutes over all labellings and says so") {
  ContrastData no_slots = in_order(kAlternating, BootOrder::balanced);
  no_slots.patched.boots[0].slot = 0;
  Comparison result = compare(no_slots);
  CHECK(result.labellings == 252);
  CHECK(result.rows.front().note == "slots of the boots not known: p over all labellings");

  ContrastData both = in_order(kAlternating, BootOrder::balanced);
  fail(both, 3);
  fail(both, 6);
  result = compare(both);
  CHECK(result.labellings == 70);
  CHECK(result.rows.front().note == "slots of the failed boots not known: p over all labellings");

  result = compare(in_order({0, 0, 0, 0, 1, 0, 1, 1, 1, 1}, BootOrder::balanced));
  CHECK(result.labellings == 252);
  CHECK(result.rows.front().note == "boots did not run in a balanced order: p over all labellings");
}

TEST_CASE("two blocks are order-confounded, whatever the numbers say") {
  const std::string note =
      "all boots of one arm ran before those of the other: host drift would look the same";
  for (const BootOrder kind : {BootOrder::unknown, BootOrder::uniform}) {
    for (const auto& order :
         {std::vector<int>{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 0, 0, 0, 0, 0}}) {
      const ComparisonRow result = compare(in_order(order, kind)).rows.front();
      CHECK(result.verdict == Verdict::order_confounded);
      CHECK(result.note == note);
      CHECK(result.row_p.value() == Approx(2.0 / 252));
    }
  }
  CHECK(compare(in_order({0, 0, 0, 0, 1, 0, 1, 1, 1, 1}, BootOrder::unknown)).rows.front().verdict ==
        Verdict::improved);
  CHECK(compare(in_order({0, 0, 0, 1, 1, 1, 1, 1, 0, 0}, BootOrder::unknown)).rows.front().verdict ==
        Verdict::improved);
  CHECK(compare(contrast({row("case", kA, kCase1)})).rows.front().verdict == Verdict::improved);  // no slots
}

TEST_CASE("sampled labellings keep to the balanced set") {
  const std::vector<int> order = draw_boot_order({14, 14}, 3);
  ContrastData data = contrast({row("case", Values(14, 100.0), Values(14, 100.0))});
  set_slots(data, order);
  data.order = BootOrder::balanced;
  // A host that drifts: the later, the slower, and nothing else. Over all labellings the order looks
  // ordinary; over the balanced ones it is compared with its like.
  std::size_t next[2] = {0, 0};
  for (std::size_t slot = 0; slot < order.size(); ++slot) {
    auto& values = order[slot] == 0 ? data.rows[0].reference : data.rows[0].patched;
    values[next[order[slot]]++] = 100.0 + static_cast<double>(slot);
  }
  const Comparison balanced = compare(data);
  CHECK(balanced.sampled);
  CHECK(balanced.rows[0].note.empty());
  data.order = BootOrder::uniform;
  const Comparison uniform = compare(data);
  CHECK(balanced.rows[0].row_p.value() < uniform.rows[0].row_p.value());
}
