// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/definition.hpp"

#include "tests/workload/support.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

// Lines of a good file, one of which a test replaces.
const std::vector<std::string> good = {
    "name = \"w\"",            // 1
    "description = \"d\"",     // 2
    "run = \"run\"",           // 3
    "cases = [\"a\", \"b\"]",  // 4
    "[[metric]]",              // 5
    "name = \"time\"",         // 6
    "unit = \"ns\"",           // 7
    "better = \"lower\"",      // 8
    "[parameters.size]",       // 9
    "default = 5",             // 10
    "description = \"d\"",     // 11
    "[profiles.quick]",        // 12
    "size = 3",                // 13
};

std::string text_with(std::size_t line, std::string_view replacement) {
  std::string out;
  for (std::size_t i = 0; i < good.size(); ++i)
    out += (i + 1 == line ? std::string(replacement) : good[i]) + "\n";
  return out;
}

std::string error_of(const fs::path& folder) {
  const auto loaded = load_workload(folder);
  REQUIRE(loaded.has_error());
  CHECK(loaded.error().kind == ErrorKind::input);
  return loaded.error().message;
}

}  // namespace

TEST_CASE("the workqueue workload is read whole") {
  const auto loaded = load_workload(fs::path(KLAB_SOURCE_ROOT) / "workloads/workqueue");
  REQUIRE(loaded.has_value());
  CHECK(loaded->name == "workqueue");
  CHECK(loaded->cases == std::vector<std::string>{"cpu", "smt", "cache_shard", "cache", "numa", "system"});
  REQUIRE(loaded->metrics.size() == 5);
  CHECK(loaded->metrics[0].name == "throughput");
  CHECK(loaded->metrics[0].unit == "items/s");
  CHECK(loaded->metrics[0].better == Better::higher);
  CHECK(loaded->metrics[0].primary);
  CHECK(loaded->metrics[1].name == "p95");
  CHECK(loaded->metrics[1].better == Better::lower);
  CHECK(loaded->metrics[1].primary);
  CHECK_FALSE(loaded->metrics[2].primary);
  CHECK(loaded->optional_metrics == std::set<std::string>{"p99"});
  CHECK(loaded->module == "module");
  CHECK(loaded->tree_modules == std::vector<fs::path>{"lib/test_workqueue.ko"});
  CHECK(loaded->hash.size() == 64);
}

TEST_CASE("a workload is a folder: nothing else makes one") {
  const auto loaded = load_workload(data("answer"));
  REQUIRE(loaded.has_value());
  CHECK(loaded->cases.empty());
  CHECK(loaded->case_names() == std::vector<std::string>{""});
  CHECK(loaded->passes == 2);
  CHECK(loaded->pass_timeout == std::chrono::seconds(60));
  CHECK(loaded->module.empty());
}

TEST_CASE("every error of a workload.toml names file, line and key") {
  const auto scratch_folder = scratch();
  const fs::path folder = scratch_folder.path() / "w";
  put(folder / "run", "#!/bin/sh\n", true);
  put(folder / "plain", "text\n");
  const fs::path file = folder / "workload.toml";
  put(file, text_with(0, ""));
  REQUIRE(load_workload(folder).has_value());

  struct Wrong {
    std::size_t line;
    std::string replacement;
    std::string cause;
  };
  const std::vector<Wrong> wrongs = {
      {1, "name = \"v\"", "line 1, key name: \"v\" is not the folder's name, \"w\", in a-z, 0-9, - and _"},
      {1, "name = 3", "line 1, key name: must be a text in quotes"},
      {2, "", "line 1, key description: is missing"},
      {3, "run = \"../run\"", "line 3, key run: \"../run\" is not a file in the workload's folder"},
      {3, "run = \"plain\"", "line 3, key run: \"plain\" is not executable; chmod +x it"},
      {3, "run = \"run\"\nmodule = \"m\"", "line 4, key module: \"m\" is not a folder with a Kbuild"},
      {3, "run = \"run\"\ntree_modules = [\"../x.ko\"]",
       "line 4, key tree_modules: \"../x.ko\" is not the path of a .ko file in a kernel tree"},
      {3, "run = \"run\"\npasses = 0", "line 4, key passes: must be a whole number from 1 to 1000"},
      {3, "run = \"run\"\nspeed = 1", "line 4, key speed: is not known here"},
      {3, "run = \"run\"\ndefault_profile = \"full\"",
       "line 4, key default_profile: \"full\" is not among the profiles"},
      {4, "cases = [\"a\", 2]", "line 4, key cases: must be a list of texts in quotes"},
      {4, "cases = [\"a b\"]",
       "line 4, key cases: \"a b\" cannot name a case; use letters, digits and . _ + = : -"},
      {4, "cases = [\"a\", \"a\"]", "line 4, key cases: \"a\" is named twice"},
      {5, "[[metrics]]", "line 1, key metric: is missing: a workload has at least one [[metric]]"},
      {5, "[metric]", "line 5, key metric: must be written as [[metric]]"},
      {6, "name = \"log\"", "line 6, key metric.name: \"log\" cannot name a metric; use a-z, 0-9 and _"},
      {7, "units = \"ns\"", "line 5, key metric.unit: is missing"},
      {8, "better = \"up\"", "line 8, key metric.better: \"up\" is neither \"higher\" nor \"lower\""},
      {8, "better = \"lower\"\nprimary = 1", "line 9, key metric.primary: must be true or false"},
      {8, "better = \"lower\"\nmin_change = -1.5", "line 9, key metric.min_change: must be a finite number that is not negative"},
      {8, "better = \"lower\"\nmin_change = inf", "line 9, key metric.min_change: must be a finite number that is not negative"},
      {8, "better = \"lower\"\nmin_change = nan", "line 9, key metric.min_change: must be a finite number that is not negative"},
      {1, "[!]", "line 1: not TOML"},
      {3, "run = \"run\"\n\"\\u001B\" = 1", "line 4, key \xEF\xBF\xBD: is not known here"},
      {8, "better = \"lower\"\nprimary = true\noptional = true",
       "line 10, key metric.optional: a primary metric cannot be optional"},
      {8, "better = \"lower\"\n[[metric]]\nname = \"time\"\nunit = \"s\"\nbetter = \"lower\"",
       "line 10, key metric.name: \"time\" is declared twice"},
      {9, "[parameters.profile]",
       "line 9, key parameters.profile: cannot name a parameter; use a-z, 0-9 and _, but not profile, passes "
       "or "
       "pass_timeout"},
      {10, "default = 5\nmaximum = 4", "line 10, key parameters.size.default: 5 is more than the maximum, 4"},
      {10, "default = \"x\"\nmaximum = 4",
       "line 10, key parameters.size.default: must be a whole number, because there is a minimum or maximum"},
      {10, "default = \"x\"\nchoices = [\"y\", \"z\"]",
       "line 10, key parameters.size.default: \"x\" is not one of y, z"},
      {13, "size = \"big\"", "line 13, key profiles.quick.size: \"big\" is not a whole number"},
      {13, "sizes = 3", "line 13, key profiles.quick.sizes: is not known here"},
  };
  for (const Wrong& wrong : wrongs) {
    put(file, text_with(wrong.line, wrong.replacement));
    CHECK(error_of(folder) == fmt::format("cannot read workload \"{}\": {}", file.string(), wrong.cause));
  }
}

TEST_CASE("a folder without workload.toml, and one that is not TOML") {
  const auto scratch_folder = scratch();
  const fs::path file = scratch_folder.path() / "w/workload.toml";
  CHECK(error_of(scratch_folder.path() / "w") ==
        fmt::format("cannot read workload \"{}\": there is no such file", file.string()));
  put(file, "name = \"w\"\nrun = \n");
  CHECK(error_of(scratch_folder.path() / "w")
            .starts_with(fmt::format("cannot read workload \"{}\": line 2: ", file.string())));
}

TEST_CASE("a link in a workload's folder is refused: the hash would not cover it") {
  const auto scratch_folder = scratch();
  const fs::path folder = scratch_folder.path() / "w";
  put(folder / "run", "#!/bin/sh\n", true);
  put(folder / "workload.toml", text_with(0, ""));
  fs::create_symlink("/etc/passwd", folder / "words");
  CHECK(error_of(folder) ==
        fmt::format("cannot read workload \"{}\": it is neither a file nor a directory; copy "
                    "the file there",
                    (folder / "words").string()));
}

TEST_CASE("the hash covers contents, names and executable bits of every file") {
  const auto scratch_folder = scratch();
  const fs::path folder = scratch_folder.path() / "w";
  put(folder / "run", "#!/bin/sh\n", true);
  put(folder / "workload.toml", text_with(0, ""));
  put(folder / "deep/data", "1");
  const auto hash = [&] { return load_workload(folder).value().hash; };
  const std::string first = hash();
  CHECK(hash() == first);
  put(folder / "deep/data", "2");
  const std::string second = hash();
  CHECK(second != first);
  put(folder / "deep/data", "1", true);
  CHECK(hash() != first);
  fs::remove(folder / "deep/data");
  put(folder / "deep/date", "1");
  CHECK(hash() != first);
  fs::remove(folder / "deep/date");
  put(folder / "deep/data", "1");
  CHECK(hash() == first);
}

TEST_CASE("what a workload needs of the kernel and of the lab is read") {
  const auto folder = scratch();
  const auto path = folder.path() / "w";
  put(path / "run", "#!/bin/sh\n", true);
  put(path / "program/main.c", "int main(void) { return 0; }\n");
  put(path / "workload.toml", "program = \"program\"\nkconfigs = [\"tracing\"]\ncommand_line = \"isolcpus=1 nohz_full=1\"\n"
                              "instrument = \"window\"\n" + text_with(0, "") +
                                  "[[fact]]\nname = \"method\"\ndescription = \"how\"\n"
                                  "[[fact]]\nname = \"gaps\"\ndescription = \"all\"\nhidden = true\n");
  const auto loaded = load_workload(path);
  REQUIRE(loaded.has_value());
  CHECK(loaded->program == "program");
  CHECK(loaded->kconfigs == std::vector<std::string>{"tracing"});
  CHECK(loaded->command_line == "isolcpus=1 nohz_full=1");
  CHECK(loaded->instrument == "window");
  REQUIRE(loaded->facts.size() == 2);
  CHECK(loaded->facts[0].name == "method");
  CHECK(loaded->facts[0].shown);
  CHECK_FALSE(loaded->facts[1].shown);
  CHECK(loaded->binary_name() == "klab_w");
}

TEST_CASE("what a workload cannot need is refused with line and key") {
  const auto folder = scratch();
  const auto path = folder.path() / "w";
  put(path / "run", "#!/bin/sh\n", true);
  const auto refused = [&](const std::string& first, const std::string& last) {
    put(path / "workload.toml", first + "\n" + text_with(0, "") + last);
    const auto message = error_of(path);
    return message.substr(message.find("workload.toml\": ") + 16);
  };
  CHECK(refused("program = \"none\"", "") == "line 1, key program: \"none\" is not a folder with a .c file");
  CHECK(refused("kconfigs = [\"../x\"]", "") == "line 1, key kconfigs: \"../x\" cannot name a fragment of kconfigs/");
  CHECK(refused("instrument = \"a/b\"", "") == "line 1, key instrument: \"a/b\" cannot name a folder of patches/");
  CHECK(refused("", "[[fact]]\nname = \"A\"\ndescription = \"\"\n") ==
        "line 16, key fact.name: \"A\" cannot name a fact; use a-z, 0-9 and _");
  CHECK(refused("", "[[fact]]\nname = \"a\"\ndescription = \"\"\n[[fact]]\nname = \"a\"\ndescription = \"\"\n") ==
        "line 19, key fact.name: \"a\" is declared twice");
  CHECK(refused("", "[[metric]]\nname = \"fact\"\nunit = \"ns\"\nbetter = \"lower\"\n") ==
        "line 16, key metric.name: \"fact\" cannot name a metric; use a-z, 0-9 and _");
}
