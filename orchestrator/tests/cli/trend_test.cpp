// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/trend_command.hpp"

#include <catch2/catch.hpp>

#include "cli/program.hpp"
#include "cli/responder.hpp"

using namespace klab::cli;
using klab::cli::test::Responder;
using klab::cli::test::run_klab;

namespace {

boost::json::object parse(const char* text) { return boost::json::parse(text).as_object(); }

}  // namespace

TEST_CASE("trend: a cell's rows with segments, changes, gaps and the newest nights") {
  const auto answer = parse(R"({"id":1,"matrix":"nightly","label":"tree, vm","rows":[{"workload":"tiny","case":"a","metric":"time",
    "unit":"ns","better":"lower","primary":true,"nights":3,"gaps":1,"noise_floor":{"kind":"ratio","size":0.031,"runs":20},
    "segments":[{"from":"2026-11-01","to":"2026-11-02","change":""},{"from":"2026-11-04","to":"2026-11-04","change":"microcode 1 -> 2"}],
    "changes":[{"date":"2026-11-02","p":0.0005,"magnitude":0.1,"investigation":7}],
    "points":[{"date":"2026-11-01","commit":"0123456789abcdef","kind":"ratio","estimate":1.0,"low":0.98,"high":1.02,"change":null,"verdict":null},
      {"date":"2026-11-02","commit":"1123456789abcdef","kind":"ratio","estimate":1.1,"low":1.08,"high":1.12,"change":0.1,"verdict":"regressed"},
      {"date":"2026-11-03","commit":"","missing":"put off: no\u001b[31m time"},
      {"date":"2026-11-04","commit":"2123456789abcdef","kind":"ratio","estimate":1.1,"low":1.08,"high":1.12,"change":0.1,"verdict":"regressed"}]}]})");
  CHECK(render_cell_trends(answer, 3) ==
        "nightly, tree, vm\n\n"
        "tiny a, time (ns, lower is better), against the pinned reference\n"
        "  3 nights, 1 gap; noise floor 3.1% over 20 A/A runs\n"
        "  segment 2026-11-01 to 2026-11-02\n"
        "  segment 2026-11-04 to 2026-11-04, after microcode 1 -> 2\n"
        "  change at 2026-11-02: +10.0%, p 0.0005, investigation 7\n"
        "  2026-11-02  1123456789ab  +10.0% [+8.0%, +12.0%]    regressed, +10.0% against last good\n"
        "  2026-11-03                -  put off: no\xef\xbf\xbd[31m time\n"
        "  2026-11-04  2123456789ab  +10.0% [+8.0%, +12.0%]    regressed, +10.0% against last good\n");
}

TEST_CASE("trend: nights that never were are one line") {
  const auto answer = parse(R"({"id":1,"matrix":"nightly","label":"tree, vm","rows":[{"workload":"tiny","case":"a","metric":"time",
    "unit":"ns","better":"lower","primary":true,"nights":0,"gaps":16,"points":[
      {"night":null,"date":"2026-11-01","commit":"","missing":"no night began","nights":14,"until":"2026-11-14"},
      {"night":3,"date":"2026-11-15","commit":"","missing":"the matrix did not have the cell","nights":1,"until":"2026-11-15"},
      {"night":4,"date":"2026-11-16","commit":"0123456789abcdef","missing":"put off","nights":1,"until":"2026-11-16"}]}]})");
  CHECK(render_cell_trends(answer, 30) ==
        "nightly, tree, vm\n\n"
        "tiny a, time (ns, lower is better), against the pinned reference\n"
        "  0 nights, 16 gaps; no noise floor yet\n"
        "  2026-11-01                -  no night began (14 nights, to 2026-11-14)\n"
        "  2026-11-15                -  the matrix did not have the cell\n"
        "  2026-11-16  0123456789ab  -  put off\n");
}

TEST_CASE("trend: a matrix in brief") {
  const auto answer = parse(R"({"matrix":"nightly","cells":[{"id":1,"label":"tree, vm","rows":[{"workload":"tiny","case":"a","metric":"time",
    "nights":1,"gaps":0,"changes":[{}],"newest":{"date":"2026-11-01","kind":"difference","estimate":-3,"low":-4,"high":-2}}]},
    {"id":2,"label":"tree, vm2","rows":[]}]})");
  CHECK(render_trends(answer) ==
        "tree, vm (cell 1)\n"
        "  tiny a, time: 1 night, 0 gaps; -3 [-4, -2] at 2026-11-01; 1 change point\n"
        "\ntree, vm2 (cell 2)\n"
        "  no night has given a point yet\n");
}

TEST_CASE("investigations: the list, and one with its steps") {
  const auto one = parse(R"({"id":7,"matrix":"nightly","label":"tree, vm","workload":"tiny","case":"a","metric":"time","source":"change point",
    "p":0.0005,"magnitude":0.1,"state":"bisecting","result":"","conclusion":"","last_good_date":"2026-11-01","first_bad_date":"2026-11-02",
    "steps":[{"kind":"confirm","commit":"0123456789abcdef","experiment":12,"mark":"bad","text":"regressed: +9.8%"},
             {"kind":"bisect","commit":"1123456789abcdef","experiment":13,"mark":"","text":""}]})");
  CHECK(render_investigation(one) ==
        "investigation 7: nightly, tree, vm\n"
        "  tiny a, time: +10.0% between 2026-11-01 and 2026-11-02, by change point, p 0.0005\n"
        "  bisecting\n"
        "  confirm 0123456789ab  bad        experiment 12  regressed: +9.8%\n"
        "  bisect  1123456789ab  running    experiment 13\n");
  auto difference = one;
  difference["labels"] = boost::json::array{"TCG", "overcommitted"};
  CHECK(render_investigation(difference).find("investigation 7: nightly, tree, vm, TCG, overcommitted\n") == 0);
  difference["kind"] = "difference";
  difference["magnitude"] = 3.0;
  CHECK(render_investigation(difference).find("  tiny a, time: +3 between 2026-11-01") != std::string::npos);
  CHECK(render_investigations(parse(R"({"investigations":[]})")) == "no investigations: no night has shown a change\n");
  boost::json::object list{{"investigations", boost::json::array{one}}};
  CHECK(render_investigations(list) == "7: nightly, tree, vm: tiny a, time +10.0% by change point: bisecting\n");
}

TEST_CASE("klab watch: follows the confirmation, and ends with its verdict") {
  const std::string first = "GET /api/experiments/7/progress?seen=18446744073709551615";
  Responder daemon({{first,
                     {{200, R"({"id":7,"state":"done","outcome":"ok","confirming":true,"confirmed_by":null,"progress":{"version":4}})", ""}}},
                    {"GET /api/experiments/8/progress?seen=18446744073709551615",
                     {{200, R"({"id":8,"state":"done","outcome":"ok","boots_done":10,"progress":{"version":1}})", ""}}},
                    {"GET /api/experiments/7/progress?seen=4",
                     {{200, R"({"id":7,"state":"done","outcome":"ok","confirming":false,"confirmed_by":8,"progress":{"version":4}})", ""}}},
                    {"GET /api/experiments/7/report?format=text", {{200, "both tables\n", "1"}}}});
  // Asked again until it is decided, then both tables by the first's number.
  const auto ran = run_klab({"watch", "7", "--socket", daemon.socket().string()});
  CHECK(ran.code == 1);
  CHECK(ran.out.find("experiment 7 is not settled; fresh boots are experiment 8\n") != std::string::npos);
  CHECK(ran.out.ends_with("both tables\n"));
}

TEST_CASE("klab trend: a cell by its label; one that there is not is told which there are") {
  Responder daemon({{"GET /api/trends?matrix=nightly", {{200, R"({"matrix":"nightly","cells":[{"id":3,"label":"tree, vm","rows":[]}]})", ""}}},
                    {"GET /api/trends/3", {{200, R"({"id":3,"matrix":"nightly","label":"tree, vm","rows":[]})", ""}}}});
  auto ran = run_klab({"trend", "nightly", "tree, vm", "--socket", daemon.socket().string()});
  CHECK(ran.code == 0);
  CHECK(ran.out == "nightly, tree, vm\nno night has given a point yet\n");
  ran = run_klab({"trend", "nightly", "no such", "--socket", daemon.socket().string()});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot find the cell \"no such\" of matrix \"nightly\": there are \"tree, vm\"\n");
}
