// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/csv_import.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "stats/compare.hpp"

using namespace klab;

namespace {

using Notes = std::vector<std::string>;

const std::string kHeader = "arm,boot,slot,workload,case,metric,unit,better,value\n";

Result<ImportedComparison> import(const std::string& text,
                                  std::optional<std::string> reference = std::nullopt) {
  return import_csv(text, "x.csv", std::move(reference), 0.02);
}

// What stands after `cannot read "x.csv": `.
std::string why(const std::string& text, std::optional<std::string> reference = std::nullopt) {
  const auto result = import(text, std::move(reference));
  REQUIRE(result.has_error());
  CHECK(result.error().kind == ErrorKind::input);
  const std::string prefix = "cannot read \"x.csv\": ";
  REQUIRE(result.error().message.substr(0, prefix.size()) == prefix);
  CHECK(result.error().message.find('\n') == std::string::npos);
  return result.error().message.substr(prefix.size());
}

bool has(const Notes& notes, const std::string& note) {
  return std::find(notes.begin(), notes.end(), note) != notes.end();
}

}  // namespace

TEST_CASE("a file with everything in it") {
  std::string text = kHeader;
  const int base[] = {100, 101, 99, 102, 98}, patched[] = {117, 118, 116, 119, 115};
  for (int i = 0; i < 5; ++i) {
    text += "base,b" + std::to_string(i) + "," + std::to_string(2 * i + 1) +
            ",wq,cpu,throughput,items/s,higher," + std::to_string(base[i]) + "\n";
    text += "v2,b" + std::to_string(i) + "," + std::to_string(2 * i + 2) +
            ",wq,cpu,throughput,items/s,higher," + std::to_string(patched[i]) + "\n";
  }
  const auto imported = import(text);
  REQUIRE(imported.has_value());
  REQUIRE(imported->contrasts.size() == 1);
  CHECK(imported->notes == Notes{"the reference is arm \"base\", the first of the file"});
  const ContrastData& data = imported->contrasts.front();
  CHECK(data.reference.label == "base");
  CHECK(data.patched.label == "v2");
  CHECK(data.patched.boots[4].boot == "b4");
  CHECK(data.patched.boots[4].slot == 10);
  CHECK(data.order == BootOrder::balanced);
  CHECK(data.delta == 0.02);
  REQUIRE(data.rows.size() == 1);
  CHECK(data.rows[0].workload == "wq");
  CHECK(data.rows[0].case_name == "cpu");
  CHECK(data.rows[0].metric.unit == "items/s");
  CHECK(data.rows[0].metric.primary);
  const Comparison result = compare(data);
  CHECK(result.labellings == 174);
  CHECK(result.rows.front().verdict == Verdict::improved);

  const auto other_way = import(text, "v2");
  REQUIRE(other_way.has_value());
  CHECK(other_way->contrasts.front().reference.label == "v2");
  CHECK(compare(other_way->contrasts.front()).rows.front().verdict == Verdict::regressed);
  CHECK(other_way->notes.empty());
}

TEST_CASE("columns come in any order and case; what is optional may be absent") {
  const auto imported = import("\xEF\xBB\xBFValue, METRIC ,boot,arm\r\n1.5,p95,1,a\r\n\r\n+2e3,p95,1,b\r\n");
  REQUIRE(imported.has_value());
  const ContrastData& data = imported->contrasts.front();
  CHECK(data.reference.boots[0].slot == 0);
  CHECK(data.order == BootOrder::unknown);
  CHECK(data.rows[0].workload.empty());
  CHECK(data.rows[0].metric.better == Better::higher);
  CHECK(data.rows[0].metric.min_change == 0.0);
  CHECK(data.rows[0].reference[0] == 1.5);
  CHECK(data.rows[0].patched[0] == 2000.0);
  CHECK(imported->notes ==
        Notes{"no column \"better\": higher values are taken as better",
              "the order of the boots is not known: host drift cannot be told from the change",
              "the reference is arm \"a\", the first of the file"});
}

TEST_CASE("quotes hold commas, quotes and line breaks; lines are counted through them") {
  const auto imported =
      import("arm,boot,metric,value\n\"a, \"\"old\"\"\",1,\"two\nlines\",1\nb,1,\"two\nlines\",2");
  REQUIRE(imported.has_value());
  CHECK(imported->contrasts[0].reference.label == "a, \"old\"");
  CHECK(imported->contrasts[0].rows[0].metric.name == "two\nlines");
  CHECK(why("arm,boot,metric,value\na,1,\"two\nlines\",1\nb,1,m,x\n").substr(0, 7) == "line 4:");
}

TEST_CASE("several lines of one boot and row are iterations") {
  const auto imported = import(
      "arm,boot,metric,better,value\n"
      "a,1,p95,lower,3\na,1,p95,lower,1\na,1,p95,,nan\na,1,p95,lower,2\nb,1,p95,lower,nan\nb,1,p95,lower,"
      "inf\n");
  REQUIRE(imported.has_value());
  const RowData& row = imported->contrasts[0].rows[0];
  CHECK(row.metric.better == Better::lower);
  CHECK(row.reference == std::vector<std::optional<double>>{2.0});
  REQUIRE(row.patched[0]);
  CHECK(std::isnan(*row.patched[0]));
  CHECK(has(imported->notes,
            "several values of one boot and row are iterations: their median is the boot's one number"));
  CHECK(has(imported->notes, "1 iteration is excluded: not finite"));
  const ComparisonRow compared = compare(imported->contrasts[0]).rows.front();
  CHECK(compared.note == "1 NaN excluded; fewer than 3 boots in an arm");
}

TEST_CASE("every other arm is a contrast against the reference; rows only elsewhere stay out") {
  const auto imported = import(
      "arm,boot,slot,metric,better,value\n"
      "a,1,1,m,lower,1\nb,1,2,m,lower,2\nc,1,3,m,lower,3\nc,1,3,only c,lower,4\n");
  REQUIRE(imported.has_value());
  REQUIRE(imported->contrasts.size() == 2);
  CHECK(imported->contrasts[0].patched.label == "b");
  CHECK(imported->contrasts[0].rows.size() == 1);
  CHECK(imported->contrasts[1].rows.size() == 2);
  CHECK(imported->contrasts[1].rows[1].reference == std::vector<std::optional<double>>{std::nullopt});
  CHECK(imported->contrasts[1].patched.boots[0].slot == 3);
  CHECK(imported->contrasts[1].order == BootOrder::unknown);
}

TEST_CASE("the order is balanced only when it could have been drawn so") {
  const auto order = [](const std::string& arms, int last_slot) {
    std::string text = "arm,boot,slot,metric,better,value\n";
    for (std::size_t i = 0; i < arms.size(); ++i) {
      const std::string slot = std::to_string(i + 1 < arms.size() ? static_cast<int>(i) + 1 : last_slot);
      text += std::string(1, arms[i]) + "," + slot + "," + slot + ",m,higher,1\n";
    }
    const auto imported = import(text);
    REQUIRE(imported.has_value());
    return imported->contrasts[0].order;
  };
  CHECK(order("ababababab", 10) == BootOrder::balanced);
  CHECK(order("ababababab", 11) == BootOrder::unknown);  // slot 10 is missing
  CHECK(order("aaabababbb", 10) == BootOrder::unknown);
  CHECK(order("aaaaabbbbb", 10) == BootOrder::unknown);
  CHECK(order("ab", 2) == BootOrder::unknown);
}

TEST_CASE("slots of some boots only") {
  const auto imported =
      import("arm,boot,slot,metric,better,value\na,1,1,m,lower,1\na,1,,m,lower,2\nb,1,,m,lower,2\n");
  REQUIRE(imported.has_value());
  CHECK(imported->contrasts[0].order == BootOrder::unknown);
  CHECK(has(imported->notes, "1 of 2 boots have no slot: the order is taken as not known"));
}

TEST_CASE("optional columns primary and min_change; others are named") {
  const auto imported = import(
      "arm,boot,metric,better,primary,min_change,host,value\n"
      "a,1,m,lower,no,0.5,h,1\nb,1,m,,,,h,2\nb,1,k,lower,YES,,h,2\n");
  REQUIRE(imported.has_value());
  const auto& rows = imported->contrasts[0].rows;
  CHECK_FALSE(rows[0].metric.primary);
  CHECK(rows[0].metric.min_change == 0.5);
  CHECK(rows[1].metric.primary);
  CHECK(has(imported->notes, "column \"host\" is not used"));
}

TEST_CASE("errors of the file as a whole") {
  CHECK(why("") == "it is empty; the first line names the columns, at least arm, boot, metric and value");
  CHECK(why("\n\n") == "it is empty; the first line names the columns, at least arm, boot, metric and value");
  CHECK(why(kHeader) ==
        "line 1: no measurements follow the names of the columns; add a line per boot and metric");
  CHECK(why("arm,boot,value\n") ==
        "line 1: column \"metric\" is missing; the first line names the columns, at least arm, boot, metric "
        "and value");
  CHECK(why("arm;boot;metric;value\n") ==
        "line 1: column \"arm\" is missing; separate the fields with commas");
  CHECK(why("arm,boot,metric,Arm,value\n") == "line 1: column \"arm\" is there twice; remove one");
  CHECK(why("arm,boot,metric,value\na,1,m,1\na,2,m,2\n") ==
        "only arm \"a\" is in it; a comparison needs two arms");
  CHECK(why("arm,boot,metric,value\na,1,m,1\nb,2,m,2\n", "c") ==
        "no arm \"c\" for the reference; its arms are \"a\", \"b\"");
}

TEST_CASE("errors of a line") {
  const std::string head =
      "arm,boot,slot,metric,unit,better,primary,min_change,value\na,1,1,m,ms,lower,yes,1,5\n";
  CHECK(why(head + "b,1,2,m,ms,lower,yes,1\n") ==
        "line 3: 8 fields where the first line names 9; put fields that hold commas in quotes");
  CHECK(why(head + "b,1,2,m,ms,lower,yes,1,1,5\n") ==
        "line 3: 10 fields where the first line names 9; put fields that hold commas in quotes");
  const std::string number =
      "is not a number; write it like 1234.5, without unit or separators, or nan where there is none";
  CHECK(why(head + "\nb,1,2,m,ms,lower,yes,1,abc\n") == "line 4: value \"abc\" " + number);
  CHECK(why(head + "b,1,2,m,ms,lower,yes,1,5 ms\n") == "line 3: value \"5 ms\" " + number);
  CHECK(why(head + "b,1,2,m,ms,lower,yes,1,\"1,5\"\n") == "line 3: value \"1,5\" " + number);
  CHECK(why(head + "b,1,2,m,ms,lower,yes,1,+-5\n") == "line 3: value \"+-5\" " + number);
  CHECK(why(head + "b,1,2,m,ms,lower,yes,1,1e999\n") ==
        "line 3: value \"1e999\" is too large or too small; choose another unit");
  CHECK(why(head + "b,1,2,m,ms,lower,yes,1,\n") ==
        "line 3: value is empty; write nan where there is no value");
  CHECK(why(head + "b,,2,m,ms,lower,yes,1,5\n") == "line 3: boot is empty; every line needs one");
  for (const std::string slot : {"0", "-1", "two", "1.5"}) {
    CHECK(why(head + "b,1," + slot + ",m,ms,lower,yes,1,5\n") ==
          "line 3: slot \"" + slot + "\" is not a place in the boot order; write 1, 2, 3 or leave it empty");
  }
  CHECK(why(head + "b,1,2,m,ms,up,yes,1,5\n") == "line 3: better \"up\" is unknown; write higher or lower");
  CHECK(why(head + "b,1,2,m,ms,lower,1,1,5\n") == "line 3: primary \"1\" is unknown; write yes or no");
  CHECK(why(head + "b,1,2,m,ms,lower,yes,-1,5\n") ==
        "line 3: min_change \"-1\" is no size of a change; write 0 or more");
  CHECK(why(head + "b,1,2,\"m,ms,lower,yes,1,5\n") == "line 3: a quote that is never closed; close it");
  CHECK(why(head + "b,1,2,\"m\"x,ms,lower,yes,1,5\n") ==
        "line 3: text after a closing quote; put the whole field in quotes");
  CHECK(why(head + "b,1,2,m\"x,ms,lower,yes,1,5\n") ==
        "line 3: a quote inside a field; put the whole field in quotes and double this one");
}

TEST_CASE("errors of lines that contradict each other name both") {
  const std::string head =
      "arm,boot,slot,metric,unit,better,primary,min_change,value\na,1,1,m,ms,lower,yes,1,5\n";
  const std::string one = "; a workload, case and metric have one";
  CHECK(why(head + "b,1,2,m,s,lower,yes,1,5\n") == "line 3: unit \"s\" contradicts \"ms\" on line 2" + one);
  CHECK(why(head + "b,1,2,m,ms,higher,yes,1,5\n") ==
        "line 3: better \"higher\" contradicts \"lower\" on line 2" + one);
  CHECK(why(head + "b,1,2,m,ms,lower,no,1,5\n") ==
        "line 3: primary \"no\" contradicts \"yes\" on line 2" + one);
  CHECK(why(head + "b,1,2,m,ms,lower,yes,2,5\n") ==
        "line 3: min_change \"2\" contradicts \"1\" on line 2" + one);
  CHECK(why(head + "b,1,1,m,ms,lower,yes,1,5\n") ==
        "line 3: slot 1 is taken by another boot on line 2; every boot has a slot of its own");
  CHECK(why(head + "a,1,2,m,ms,lower,yes,1,5\n") ==
        "line 3: slot 2 of boot \"1\" contradicts slot 1 on line 2; a boot has one slot");
  std::string many = "arm,boot,metric,value\n";
  for (int i = 1; i <= 1001; ++i) many += "a," + std::to_string(i) + ",m,1\n";
  CHECK(why(many) ==
        "line 1002: arm \"a\" has more than 1000 boots; a boot is one start of the kernel, name the same "
        "boot on all "
        "its iterations");
}

TEST_CASE("names from the file cannot break a message") {
  CHECK(import_csv("", "a\x1b[31m.csv", std::nullopt, 0.02).error().message.find('\x1b') ==
        std::string::npos);
  CHECK(why("arm,boot,metric,value\na,1,m,\"x\x1b\ny\"\n").find('\x1b') == std::string::npos);
}
