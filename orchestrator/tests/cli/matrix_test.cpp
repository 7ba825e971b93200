// SPDX-License-Identifier: GPL-3.0-or-later
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "cli/matrix_command.hpp"
#include "cli/matrix_listing.hpp"
#include "cli/program.hpp"
#include "cli/responder.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::cli;
using klab::cli::test::Responder;
using klab::cli::test::run_klab;

namespace {

boost::json::object parse(const std::string& text) { return boost::json::parse(text).as_object(); }

// 2026-06-04 in the middle of its day, wherever the test runs.
const double then = 1780588056;
const std::string when = local_time(then);

const std::string night_line = fmt::format(R"("id":12,"matrix":"mainline","date":"2026-06-04","by_hand":false,"person":"klabd",
  "started":{},"finished":{},"deadline":null,
  "trees":[{{"tree":"stable","good":false,"message":"cannot fetch tree \"stable\" from \"x\": git: exit status 128: fatal: no"}},
           {{"tree":"mainline","good":true,"message":"fetched"}}],
  "states":{{"done":3,"put off":1,"lab error":1,"skipped":1}},"verdicts":{{"regressed":1,"within noise":1}},"labels":["TCG","overcommitted"])",
                                           then, then + 7530);
const std::string night = "{" + night_line + R"json(,"cells":[
  {"label":"mainline/master, vm","state":"done","verdict":"within noise","reason":"","kind":"comparison","experiment":40,"commit":"0123456789abcdef","last_good_date":"2026-06-03","last_good_commit":"fedcba9876543210"},
  {"label":"mainline/next, vm","state":"done","verdict":"regressed","reason":"tiny a time +29.3 % [+27.0, +30.1], family p 0.0079","kind":"comparison","experiment":41,"commit":"0123456789abcdef","last_good_date":"2026-06-01","last_good_commit":"fedcba9876543210"},
  {"label":"stable/linux-6.12.y, vm","state":"lab error","verdict":"","reason":"tree stable could not be fetched","kind":"comparison","experiment":null,"commit":""},
  {"label":"mainline/master, arm","state":"put off","verdict":"","reason":"an estimated 42 m 00 s does not fit into the 10 m 00 s that are left","kind":"comparison","experiment":null,"commit":"0123456789abcdef"},
  {"label":"mainline/next, arm","state":"done","verdict":"","reason":"","kind":"A/A","experiment":42,"commit":"0123456789abcdef","labels":["TCG","overcommitted"]},
  {"label":"old, arm","state":"skipped","verdict":"","reason":"unchanged since 2026-06-03 (experiment 30)","kind":"comparison","experiment":null,"commit":""}]})json";

}  // namespace

TEST_CASE("matrix night: the worst comes first, with its reason") {
  CHECK(render_night(parse(night), 79) ==
        fmt::format("night 12 of mainline, 2026-06-04, begun {} by the clock, took 2 h 05 m\n", when) +
            "6 cells: 1 regressed, 1 lab error, 1 put off, 1 within noise, 1 skipped, 1\nwithout a verdict\n"
            "  tree stable could not be fetched: cannot fetch tree \"stable\" from \"x\": git:\n    exit status 128: fatal: no\n\n"
            "  regressed         mainline/next, vm\n"
            "                    experiment 41, against 2026-06-01 (fedcba987654), commit\n                    0123456789ab\n"
            "                    tiny a time +29.3 % [+27.0, +30.1], family p 0.0079\n"
            "  lab error         stable/linux-6.12.y, vm\n"
            "                    tree stable could not be fetched\n"
            "  put off           mainline/master, arm\n"
            "                    commit 0123456789ab\n"
            "                    an estimated 42 m 00 s does not fit into the 10 m 00 s that\n                    are left\n"
            "  within noise      mainline/master, vm\n"
            "                    experiment 40, against 2026-06-03 (fedcba987654), commit\n                    0123456789ab\n"
            "  A/A               mainline/next, arm\n"
            "                    experiment 42, commit 0123456789ab, TCG, overcommitted\n"
            "  skipped           old, arm\n"
            "                    unchanged since 2026-06-03 (experiment 30)\n");
}

TEST_CASE("matrix night: the exit code is the worst of its cells") {
  const auto code = [](const std::string& verdicts, const std::string& states) {
    return night_exit_code(parse(fmt::format(R"({{"verdicts":{{{}}},"states":{{{}}}}})", verdicts, states)));
  };
  CHECK(code("", R"("done":1)") == 0);
  CHECK(code(R"("improved":1,"within noise":2)", R"("put off":1)") == 0);
  CHECK(code(R"("regressed":1,"insufficient data":1)", R"("lab error":1)") == 1);
  CHECK(code(R"("regressed":1,"failed":1)", "") == 2);
  CHECK(code(R"("insufficient data":1)", "") == 3);
  CHECK(code("", R"("lab error":1)") == 3);
}

TEST_CASE("matrix show: cells with estimates, count and total") {
  const std::string cells = R"([{"label":"vm","seconds":754.0,"last":{"state":"done","verdict":"improved","kind":"comparison"}},
    {"label":"host1","seconds":null,"last":null}])";
  const auto shown = [&](const std::string& estimate) {
    return render_matrix(parse(R"({"name":"mainline","description":"every night","error":null,"cells":)" + cells + R"(,"boots":5,"unchanged":"skip",
      "reference":{"tree":"mainline","ref":"v6.12"},"nightly":{"at":"02:00","days":["mon","tue"],"budget":21600},"next":)" + fmt::format("{}", then) +
                               R"(,"estimate":)" + estimate + "}"),
                         79);
  };
  CHECK(shown(R"({"seconds":754.0,"unknown":1})") ==
        "mainline: every night\n  reference: mainline v6.12\n  nightly: 02:00 mon,tue, 6 h 00 m, next " + when + "\n  boots: 5 of each kernel; unchanged: skip\n\n" +
            "cell    estimate  last night\n-----  ---------  ----------\nvm     12 m 34 s  improved\nhost1    unknown  never\n\n2 cells, 12 m 34 s one after the other, and 1 of unknown length\n");
  CHECK(render_matrix(parse(R"({"name":"m","error":null,"cells":[],"notes":["the reference moves\u001b: name a commit or a tag that stays as it is, in [reference]"],
      "boots":5,"unchanged":"skip","reference":{"tree":"mainline","ref":"master"},"nightly":null,"next":null,"estimate":{}})"),
                      79)
            .starts_with("m\n  reference: mainline master\n  nightly: by hand\n  boots: 5 of each kernel; unchanged: skip\n"
                         "  note: the reference moves\xEF\xBF\xBD: name a commit or a tag that stays as it is, in\n    [reference]\n\n"));
  CHECK(shown(R"({"seconds":0,"unknown":2})").ends_with("2 cells, of unknown length: no boots of their workloads there yet\n"));
  CHECK(render_matrix(parse(R"({"name":"m","error":"cannot use it"})"), 79) == "m\n  cannot use it\n");
}

TEST_CASE("matrix show: a note stands below the boots") {
  CHECK(render_matrix(parse(R"({"name":"m","error":null,"cells":[{"label":"vm","seconds":90.0,"last":null}],"boots":2,"unchanged":"skip","next":null,"nightly":null,
    "note":"2 boots an arm can give no verdict; 4 or more do","reference":{"tree":"mainline","ref":"v6.12"},"estimate":{"seconds":90.0,"unknown":0}})"),
                      79) ==
        "m\n  reference: mainline v6.12\n  nightly: by hand\n  boots: 2 of each kernel; unchanged: skip\n"
        "  note: 2 boots an arm can give no verdict; 4 or more do\n\n"
        "cell  estimate  last night\n----  --------  ----------\nvm    1 m 30 s  never\n\n1 cell, 1 m 30 s one after the other\n");
}

TEST_CASE("matrix run: says it when the boots are too few for a verdict") {
  const std::string begun = R"({"id":5,"states":{"waiting":2},"note":)";
  const auto run = [&](const std::string& note) {
    Responder daemon({{"POST /api/matrices/m/run", {{201, begun + note + "}", ""}}}});
    return run_klab({"matrix", "run", "m", "--socket", daemon.socket().string()});
  };
  CHECK(run("null").out == "night 5 of m has begun: 2 cells; klab matrix night 5 says how far it is\n");
  CHECK(run(R"("2 boots an arm can give no verdict; 4 or more do")").out ==
        "night 5 of m has begun: 2 cells; klab matrix night 5 says how far it is\nnote: 2 boots an arm can give no verdict; 4 or more do\n");
  Responder daemon({{"POST /api/matrices/m/run", {{201, begun + R"("few"})", ""}}},
                    {"GET /api/nights/5", {{200, R"({"id":5,"matrix":"m","date":"2026-06-04","started":1,"finished":2,"cells":[],"states":{},"verdicts":{},"trees":[]})", ""}}}});
  const auto waited = run_klab({"matrix", "run", "m", "--wait", "--socket", daemon.socket().string()});
  CHECK(waited.err == "note: few\n");
  CHECK(waited.out.starts_with("night 5 of m, 2026-06-04, "));
}

TEST_CASE("matrix list and nights: one line each") {
  CHECK(render_matrices(parse(R"({"matrices":[],"directory":"/etc/klab/matrices"})"), 79) ==
        "no matrices; put one into /etc/klab/matrices/NAME.toml, README.md says how\n");
  const auto listed = render_matrices(parse(R"({"matrices":[{"name":"mainline","cells":6,"error":null,"nightly":null,"next":null,"last":{)" + night_line +
                                            R"(}},{"name":"broken","cells":0,"error":"cannot use \"broken.toml\": line 1: x","nightly":null,"next":null,"last":null}]})"),
                                      170);
  CHECK(listed.find("12 2026-06-04  1 regressed, 1 lab error, 1 put off, 1 within noise, 1 skipped, 1 without a verdict; TCG, overcommitted\n") != std::string::npos);
  CHECK(listed.ends_with("cannot use \"broken.toml\": line 1: x\n"));
  const auto nights = render_nights(parse(R"({"name":"mainline","nights":[{)" + night_line + "}]}"), 140);
  INFO(nights);
  CHECK(nights.find(when + " the clock") != std::string::npos);
  CHECK(nights.find("1 tree not fetched; 1 regressed") != std::string::npos);
  CHECK(render_nights(parse(R"({"name":"mainline","nights":[]})"), 79) == "no nights yet; klab matrix run mainline makes one now\n");
}

TEST_CASE("matrix show: a file is expanded without a daemon") {
  Matrix matrix;
  matrix.name = "m";
  Cell cell;
  cell.label = "vm";
  cell.tree = "mainline";
  cell.ref = "master";
  cell.kconfig = "lab";
  cell.machine = "vm";
  cell.workload = "tiny";
  matrix.cells = {cell};
  CHECK(render_expansion(matrix, 100) ==
        "cell  source           series  kconfig  command line  machine  workload\n"
        "----  ---------------  ------  -------  ------------  -------  --------\n"
        "vm    mainline/master  -       lab      -             vm       tiny\n\n1 cell\n");
  CHECK(boost::json::serialize(expansion_json(matrix)).starts_with(R"({"name":"m","description":"","cells":[{"label":"vm","tree":"mainline")"));
}

TEST_CASE("matrix show: a file with too few boots is shown with the note") {
  auto directory = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-cli-").value();
  const auto file = [&](const std::string& name, const std::string& text) {
    const auto path = (directory.path() / name).string();
    REQUIRE(write_file_atomic(path, text).has_value());
    return path;
  };
  const auto config = file("klab.toml", "share = \"" KLAB_SOURCE_ROOT "\"\n[defaults]\nboots = 3\n");
  const std::string cells = "[[source]]\ntree = \"debian\"\nrefs = [\"HEAD\"]\n[reference]\ntree = \"debian\"\nref = \"HEAD\"\n";
  const auto shown = [&](const std::string& text, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"matrix", "show", file("m.toml", text), "--config", config});
    const auto ran = run_klab(more);
    CHECK(ran.err.empty());
    CHECK(ran.code == 0);
    return ran.out;
  };
  CHECK(shown(cells).ends_with("\n\n1 cell\nnote: 3 boots an arm can give no verdict; 4 or more do\n"));
  CHECK(shown("boots = 4\n" + cells).ends_with("\n\n1 cell\n"));
  CHECK(parse(shown("boots = 1\n" + cells, {"--json"})).at("note") == "1 boot an arm can give no verdict; 4 or more do");
  CHECK(parse(shown("boots = 4\n" + cells, {"--json"})).at("note").is_null());
}
