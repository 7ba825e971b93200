// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "config/matrix_expansion.hpp"
#include "config/matrix_file.hpp"
#include "support/error_words.hpp"
#include "util/file.hpp"

using namespace klab;

namespace {

struct Place {
  Place() {
    for (const char* name : {"lab", "debug", "preempt-rt"}) write(fmt::format("share/kconfigs/{}.config", name), "CONFIG_SMP=y\n");
    for (const char* name : {"tiny", "other"}) write(fmt::format("share/workloads/{}/workload.toml", name), "");
    ConfigEnvironment environment;
    environment.home = directory.path();
    environment.share = directory.path() / "share";
    auto parsed = parse_config("[defaults]\nworkloads = [\"tiny:profile=quick\"]\n[trees.mainline]\nremote = \"/srv/linux.git\"\nref = \"master\"\n",
                               "klab.toml", environment);
    REQUIRE(parsed.has_value());
    config = *parsed;
    config.matrices_directory = directory.path() / "matrices";
    MachineSpec host;
    host.name = "host1";
    host.driver = "ipmi";
    host.labels = {"arch=x86_64", "pool=small"};
    config.machines["host1"] = host;
  }
  void write(const std::string& name, const std::string& text) {
    const auto path = directory.path() / name;
    REQUIRE(make_directories(path.parent_path()).has_value());
    REQUIRE(write_file_atomic(path, text).has_value());
  }
  Result<Matrix> parse(const std::string& text) { return parse_matrix(text, "nights.toml", config); }
  Matrix good(const std::string& text) {
    auto matrix = parse(text);
    if (!matrix) FAIL(matrix.error().message);
    return *matrix;
  }
  std::string refusal(const std::string& text) {
    auto matrix = parse(text);
    REQUIRE_FALSE(matrix.has_value());
    CHECK(matrix.error().kind == ErrorKind::input);
    return matrix.error().message;
  }
  std::string labels(const std::string& text) {
    std::string out;
    const auto matrix = good(text);
    for (const auto& cell : matrix.cells) out += cell.label + "\n";
    return out;
  }

  TemporaryDirectory directory = TemporaryDirectory::create("/tmp", "klab-matrix-").value();
  Config config;
};

const std::string source = "[[source]]\ntree = \"mainline\"\nrefs = [\"master\"]\n";
const std::string reference = "[reference]\ntree = \"mainline\"\nref = \"v6.12\"\n";
const std::string least = source + reference;

}  // namespace

TEST_CASE("matrix: the least file is one cell of the configuration's defaults") {
  Place place;
  const auto matrix = place.good(least);
  CHECK(matrix.name == "nights");
  CHECK(matrix.definition == least);
  REQUIRE(matrix.cells.size() == 1);
  const auto& cell = matrix.cells[0];
  CHECK(cell.matrix == "nights");
  CHECK(cell.label == "mainline/master");
  CHECK(cell.tree == "mainline");
  CHECK(cell.ref == "master");
  CHECK(cell.series.empty());
  CHECK(cell.kconfig == "lab");
  CHECK(cell.command_line.empty());
  CHECK(cell.machine == "vm");
  CHECK(cell.workload == "tiny:profile=quick");
  CHECK(matrix.reference.ref == "v6.12");
  CHECK_FALSE(matrix.nightly);
  CHECK(matrix.unchanged == Unchanged::skip);
}

TEST_CASE("matrix: the product of all lists, and labels of what varies") {
  Place place;
  place.write("fix/0001.patch", "");
  const auto text = "description = \"d\"\nkconfigs = [\"lab\"]\ncommand_lines = [\"\", \"isolcpus=1\"]\nmachines = [\"vm\", \"pool=small\"]\n"
                    "workloads = [\"tiny\", [\"tiny:passes=3\", \"other\"]]\nplain = true\nboots = 3\ndelta = 0.05\nunchanged = \"aa\"\n" +
                    source + "[[source]]\ntree = \"debian\"\nrefs = [\"HEAD\"]\n[[series]]\nname = \"fix\"\nsources = [\"fix\"]\n" +
                    "[[kconfig]]\nname = \"rt\"\nbase = \"defconfig\"\nfragments = [\"lab\", \"preempt-rt\"]\n" + reference;
  const auto matrix = place.good(text);
  REQUIRE(matrix.cells.size() == 2 * 2 * 2 * 2 * 2 * 2);
  CHECK(matrix.cells.front().label == "mainline/master, plain, lab, no parameters, vm, tiny");
  CHECK(matrix.cells[1].label == "mainline/master, plain, lab, no parameters, vm, tiny:passes=3 other");
  CHECK(matrix.cells.back().label == "debian/HEAD, fix, rt, isolcpus=1, pool=small, tiny:passes=3 other");
  CHECK(matrix.boots == 3);
  CHECK(matrix.delta == 0.05);
  CHECK(matrix.unchanged == Unchanged::aa);
  REQUIRE(matrix.kconfigs.size() == 2);
  CHECK(matrix.kconfigs[1].base == "defconfig");
  // Series without plain: those alone.
  CHECK(place.labels("machines = [\"vm\", \"vm-arm64\"]\n" + least + "[[series]]\nname = \"fix\"\nsources = [\"fix\"]\n") == "vm\nvm-arm64\n");
}

TEST_CASE("matrix: a cell's command line is what it boots: of the file, or the configuration's where the file has none") {
  Place place;
  place.config.defaults.command_line = "nosmt ";
  CHECK(place.good(least).cells.at(0).command_line == "nosmt");
  const auto matrix = place.good("command_lines = [\"\", \"mitigations=off\"]\n" + least);
  REQUIRE(matrix.cells.size() == 2);
  CHECK(matrix.cells[0].command_line == "");
  CHECK(matrix.cells[0].label == "no parameters");
  CHECK(matrix.cells[1].command_line == "mitigations=off");
  CHECK(place.labels(least + "[[include]]\ncommand_line = \"\"\n") == "nosmt\nno parameters\n");
  CHECK(place.good(least + "[[include]]\nmachine = \"vm-arm64\"\n").cells.at(1).command_line == "nosmt");
  CHECK(place.labels("command_lines = [\"\", \"a\", \"b\"]\n" + least + "[[exclude]]\ncommand_line = \"\"\n") == "a\nb\n");
  CHECK(place.refusal("command_lines = []\n" + least) ==
        "cannot use \"nights.toml\": line 1: command_lines: is empty; leave it away for the configuration's, or give \"\" for none");
}

TEST_CASE("matrix: a series' sources are beside the file") {
  Place place;
  place.write("matrices/fix/0001.patch", "");
  const auto file = place.directory.path() / "matrices/nights.toml";
  place.write("matrices/nights.toml", least + "[[series]]\nname = \"fix\"\nsources = [\"fix\", \"v6.11..v6.12\"]\n");
  CHECK(find_matrix("nights", place.config).value() == file);
  const auto matrix = load_matrix(file, place.config).value();
  CHECK(matrix.series.at(0).sources == std::vector<std::string>{(place.directory.path() / "matrices/fix").string(), "v6.11..v6.12"});
  CHECK(matrix_names(place.config) == std::vector<std::string>{"nights"});
  CHECK(find_matrix("nope", place.config).error().message ==
        fmt::format("cannot find the matrix \"nope\": {} has nights", place.config.matrices_directory.string()));
  CHECK(find_matrix("../nights", place.config).error().message.starts_with("cannot find the matrix \"../nights\": "));
  CHECK(load_matrix("/nowhere/x.toml", place.config).error().message.find("/nowhere/x.toml") != std::string::npos);
  CHECK(parse_matrix(least, "a b.toml", place.config).error().message ==
        "cannot use \"a b.toml\": a matrix is named after its file: 1 to 64 letters, digits, '-', '_', '+' or '.'");
}

TEST_CASE("matrix: excludes and includes") {
  Place place;
  const std::string lists = "machines = [\"vm\", \"vm-arm64\"]\nworkloads = [\"tiny\", \"other\"]\n" + least;
  CHECK(place.labels(lists + "[[exclude]]\nmachine = \"vm-arm64\"\nworkload = \"other\"\n") == "vm, tiny\nvm, other\nvm-arm64, tiny\n");
  CHECK(place.labels(lists + "[[exclude]]\nmachine = \"vm-arm64\"\n[[exclude]]\nworkload = \"tiny\"\n"
                             "[[include]]\nmachine = \"pool=small\"\nworkload = [\"tiny\", \"other\"]\nkconfig = \"lab,debug\"\n") ==
        "lab, vm, other\nlab,debug, pool=small, tiny other\n");
  const auto matrix = place.good(lists + "[[include]]\ntree = \"debian\"\nref = \"HEAD\"\nmachine = \"vm\"\nworkload = \"tiny\"\ncommand_line = \"quiet\"\n");
  CHECK(matrix.cells.back().label == "debian/HEAD, quiet, vm, tiny");
  CHECK(place.refusal(lists + "[[exclude]]\nmachine = \"pool=small\"\n") ==
        "cannot use \"nights.toml\": line 9: exclude[0]: matches no cell; correct it or take it away");
  CHECK(place.refusal(lists + "[[exclude]]\n") ==
        "cannot use \"nights.toml\": line 9: exclude[0]: says nothing, which would exclude everything; give at least one key");
  CHECK(place.refusal(lists + "[[exclude]]\ntree = \"mainline\"\n") == "cannot use \"nights.toml\": line 9: exclude: the excludes leave no cell");
  CHECK(place.refusal(lists + "[[include]]\nmachine = \"vm\"\nworkload = \"tiny\"\n") ==
        "cannot use \"nights.toml\": line 9: include[0]: the matrix has this cell already; take it away");
  CHECK(place.refusal(lists + "[[include]]\nmachine = \"vm\"\n") ==
        "cannot use \"nights.toml\": line 9: include[0]: needs workload: there are 2 to choose from");
  CHECK(place.refusal(lists + "[[include]]\nmachine = \"vm\"\nworkload = \"tiny\"\nseries = \"x\"\n") ==
        "cannot use \"nights.toml\": line 12: include[0].series: no [[series]] \"x\"");
  CHECK(place.refusal(lists + "[[exclude]]\nmachines = \"vm\"\n") ==
        "cannot use \"nights.toml\": line 10: exclude[0].machines: unknown key; known here: tree, ref, series, kconfig, command_line, machine, "
        "workload");
}

TEST_CASE("matrix: every mistake names file, line, key and remedy") {
  Place place;
  const auto says = [&](const std::string& text, const std::string& words) { CHECK(place.refusal(text) == "cannot use \"nights.toml\": " + words); };
  says(reference, "line 1: source: there is no [[source]]; give one with tree and refs");
  says(source, "line 1: reference: there is no [reference]; give the tree and ref of a kernel that stays the same, which every night is measured beside");
  says("colour = 1\n" + least, "line 1: colour: unknown key; known here: description, source, series, plain, kconfigs, kconfig, command_lines, machines, "
                               "workloads, boots, delta, unchanged, reference, nightly, exclude, include");
  says("[[source]]\ntree = \"nope\"\nrefs = [\"a\"]\n" + reference, "line 2: source[0].tree: no tree \"nope\"; configured are debian, mainline");
  says("[[source]]\nrefs = [\"a\"]\n" + reference, "line 1: source[0]: needs tree, a tree of klab.toml");
  says("[[source]]\ntree = \"debian\"\n" + reference, "line 1: source[0]: needs refs, such as refs = [\"master\"]");
  says("[[source]]\ntree = \"debian\"\nrefs = [\"--upload-pack=x\"]\n" + reference,
       "line 3: source[0].refs: cannot be \"--upload-pack=x\"; give a commit, tag or branch");
  says("[[source]]\ntree = \"debian\"\nrefs = [\"a\", \"a\"]\n" + reference, "line 3: source[0].refs: \"a\" of tree debian is there twice");
  says("machines = [\"vm\", \"vm\"]\n" + least, "line 1: machines: \"vm\" is there twice");
  says("machines = [\"box\"]\n" + least, "line 1: machines: no machine \"box\"; configured are host1, vm, vm-arm64");
  says("machines = [\"pool=big\"]\n" + least, "line 1: machines: no host has the labels \"pool=big\"; see klab host list");
  says("kconfigs = [\"nope\"]\n" + least, fmt::format("line 1: kconfigs: no kconfig \"nope\"; no such file as \"{}/nope.config\"", place.config.kconfigs().string()));
  says("workloads = [\"nope:a=1\"]\n" + least,
       fmt::format("line 1: workloads: no workload \"nope:a=1\"; no workload.toml in \"{}/nope\"", place.config.workloads().string()));
  says("workloads = [[\"tiny\", \"tiny:a=1\"]]\n" + least, "line 1: workloads: the workload \"tiny\" cannot run twice in the same boots");
  says("workloads = [1]\n" + least, "line 1: workloads: must be a list of strings, or of lists of strings that share boots");
  says("plain = false\n" + least, "line 1: plain: cannot be false without [[series]]: nothing would be left");
  says("boots = 0\n" + least, "line 1: boots: must be between 1 and 100, not 0");
  says("unchanged = \"run\"\n" + least, "line 1: unchanged: must be \"skip\" or \"aa\"");
  says(source + "[reference]\ntree = \"mainline\"\n", "line 4: reference: needs ref, a commit or tag that stays the same");
  says(least + "[[series]]\nname = \"plain\"\nsources = [\"x\"]\n",
       "line 8: series[0].name: give 1 to 64 letters, digits, '-', '_', '+' or '.'; \"plain\" is the tree as it is");
  says(least + "[nightly]\nat = \"25:00\"\n", "line 8: nightly.at: must be a time of day such as \"02:00\"");
  says(least + "[nightly]\nat = \"02:00\"\ndays = [\"Monday\"]\n", "line 9: nightly.days: no day \"Monday\"; known are mon, tue, wed, thu, fri, sat, sun");
  says(least + "[nightly]\nat = \"02:00\"\nbudget = \"6\"\n", "line 9: nightly.budget: must be a time such as \"6h\", \"90m\" or \"2h30m\"");
  says(least + "[nightly]\nat = \"02:00\"\nbudget = \"25h\"\n", "line 9: nightly.budget: must be between 1m and 24h");
  says("[[kconfig]]\nname = \"lab\"\nfragments = [\"lab\"]\n[[kconfig]]\nname = \"lab\"\nfragments = [\"debug\"]\n" + least, "line 1: kconfig: \"lab\" is there twice");
  std::string many = "command_lines = [";
  for (int i = 0; i < 70; ++i) many += fmt::format("\"a={}\", ", i);
  many += "]\n[[source]]\ntree = \"debian\"\nrefs = [";
  for (int i = 0; i < 70; ++i) many += fmt::format("\"r{}\", ", i);
  says(many + "]\n" + reference, "line 1: cells: the lists make 4,900 cells, at most 4,096 can be; shorten a list");
}

TEST_CASE("matrix: when it runs by itself") {
  Place place;
  auto nightly = place.good(least + "[nightly]\nat = \"02:05\"\n").nightly.value();
  CHECK(nightly.hour == 2);
  CHECK(nightly.minute == 5);
  CHECK(nightly.days == std::array<bool, 7>{true, true, true, true, true, true, true});
  CHECK_FALSE(nightly.budget);
  nightly = place.good(least + "[nightly]\nat = \"23:59\"\ndays = [\"mon\", \"sun\"]\nbudget = \"2h30m\"\n").nightly.value();
  CHECK(nightly.days == std::array<bool, 7>{true, false, false, false, false, false, true});
  CHECK(nightly.budget == 9000.0);
}

TEST_CASE("config: a tree that is fetched") {
  ConfigEnvironment environment;
  environment.home = "/home/k";
  environment.share = "/share";
  const auto refusal = [&](const std::string& keys) { return parse_config("[trees.x]\n" + keys, "klab.toml", environment).error().message; };
  auto config = parse_config("matrices_directory = \"/m\"\n[trees.x]\nremote = \"https://example.org/linux.git\"\nref = \"master\"\nfetch_limit = 60\n", "klab.toml", environment);
  REQUIRE(config.has_value());
  CHECK(config->trees.at("x").remote == "https://example.org/linux.git");
  CHECK(config->trees.at("x").fetch_limit == std::chrono::seconds(60));
  CHECK(config->matrices_directory == "/m");
  CHECK(refusal("remote = \"/x\"\n") == "cannot use \"klab.toml\": line 1: trees.x: a tree with remote needs ref, such as ref = \"master\"");
  CHECK(refusal("remote = \"--upload-pack=x\"\nref = \"a\"\n") == "cannot use \"klab.toml\": line 2: trees.x.remote: must be a URL or an absolute path");
  CHECK(refusal("repository = \"/x\"\nfetch_limit = 5\n") == "cannot use \"klab.toml\": line 3: trees.x.fetch_limit: goes with remote");
}
