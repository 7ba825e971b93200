// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/gather.hpp"

#include <catch2/catch.hpp>

#include "intake/read_series.hpp"
#include "tests/intake/mail_mutations.hpp"
#include "tests/intake/scratch_repository.hpp"

using namespace klab;
using namespace klab::test;

namespace {

struct Scene {
  ScratchRepository repository = kernel_like_repository();
  std::string mbox = repository.git({"format-patch", "--stdout", "base..main"}) + "\n";
  TemporaryDirectory directory =
      *TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-test-");

  std::string at(const std::string& name) const { return (directory.path() / name).string(); }
  void put(const std::string& name, const std::string& content) const {
    REQUIRE(make_directories((directory.path() / name).parent_path()).has_value());
    REQUIRE(write_file_atomic(directory.path() / name, content).has_value());
  }
  std::string refusal(const std::string& argument) const {
    const auto sources = gather({argument}, "", repository.path());
    REQUIRE_FALSE(sources.has_value());
    CHECK(sources.error().kind == ErrorKind::input);
    return sources.error().message;
  }
  // The tree that the named series makes of "base".
  std::string applied(const std::vector<std::string>& arguments, const std::string& input = {}) const {
    const auto sources = gather(arguments, input, repository.path());
    INFO((sources ? "" : sources.error().message));
    REQUIRE(sources.has_value());
    const auto series = read_series(*sources, {});
    INFO((series ? "" : series.error().message));
    REQUIRE(series.has_value());
    return repository.tree_after_am("base", mails_of(series->patches));
  }
};

const Scene& scene() {
  static const Scene one;
  return one;
}

}  // namespace

TEST_CASE("a series comes from wherever the user has it") {
  const auto& s = scene();
  const auto tree = s.repository.tree("main");
  const auto mails = messages_of(s.mbox);
  SECTION("an mbox") {
    s.put("series.mbox", s.mbox);
    CHECK(s.applied({s.at("series.mbox")}) == tree);
  }
  SECTION("standard input") { CHECK(s.applied({"-"}, s.mbox) == tree); }
  SECTION("patch files in any order") {
    std::vector<std::string> files;
    for (std::size_t i : {2, 0, 3, 1}) {
      files.push_back(s.at("p" + std::to_string(i)));
      s.put("p" + std::to_string(i), mails[i].text);
    }
    CHECK(s.applied(files) == tree);
  }
  SECTION("a directory of git format-patch, with other files in it") {
    s.repository.git({"format-patch", "-q", "-o", s.at("out"), "base..main"});
    s.put("out/README", "no patch");
    s.put("out/.0001-hidden.patch", "no patch");
    CHECK(s.applied({s.at("out")}) == tree);
  }
  SECTION("a Maildir") {
    for (std::size_t i = 0; i < mails.size(); ++i)
      s.put(fmt::format("maildir/{}/{}.host:2,S", i % 2 ? "new" : "cur", 9 - i), mails[i].text);
    s.put("maildir/tmp/half", "From: x");
    CHECK(s.applied({s.at("maildir")}) == tree);
  }
  SECTION("a git range, whatever the user's configuration says") {
    for (const std::string setting :
         {"diff.noprefix=true", "format.attach=x", "format.subjectPrefix=DRAFT", "format.numbered=false",
          "diff.context=0", "format.thread=deep", "format.coverLetter=true", "color.ui=always",
          "diff.renames=copies", "format.signature=odd\n+line", "format.encodeEmailHeaders=false"}) {
      const auto equals = setting.find('=');
      s.repository.git({"config", setting.substr(0, equals), setting.substr(equals + 1)});
    }
    CHECK(s.applied({"base..main"}) == tree);
    const auto series = read_series(*gather({"main~2..main"}, "", s.repository.path()), {});
    REQUIRE(series.has_value());
    CHECK(series->base_commit == s.repository.git({"rev-parse", "main~2"}));
    CHECK(series->patches.size() == 2);
    const auto one = read_series(*gather({"main^..main"}, "", s.repository.path()), {});
    REQUIRE(one.has_value());
    CHECK(one->title == "pool: use it");
    std::filesystem::remove(s.repository.path() / ".git/config.lock");
    for (const std::string section : {"diff", "format", "color"})
      s.repository.git({"config", "--remove-section", section});
  }
  SECTION("a compressed mbox") {
    s.put("t.mbox", s.mbox);
    ProcessSpec spec;
    spec.argv = {"gzip", "-f", s.at("t.mbox")};
    REQUIRE(run_process_blocking(std::move(spec))->ok());
    CHECK(s.applied({s.at("t.mbox.gz")}) == tree);
  }
}

TEST_CASE("what cannot be read is named") {
  const auto& s = scene();
  const std::string repository = s.repository.path().string();
  CHECK(s.refusal("foo") ==
        "cannot read \"foo\": neither a file, a directory, a Message-ID, nor a git range in \"" + repository + "\"");
  CHECK(s.refusal("../foo.patch") ==
        "cannot read \"../foo.patch\": neither a file, a directory, a Message-ID, nor a git range in \"" + repository +
            "\"");
  CHECK(s.refusal("no..where") ==
        "cannot read \"no..where\": neither a file, a directory, a Message-ID, nor a git range in \"" + repository + "\"");
  CHECK(s.refusal("--output=x..main") ==
        "cannot read \"--output=x..main\": neither a file, a directory, a Message-ID, nor a git range in \"" + repository +
            "\"");
  CHECK(s.refusal("base...main") == "cannot read \"base...main\": three dots name two branches; write A..B");
  CHECK(s.refusal("main..base") ==
        "cannot read \"main..base\": there are no commits in it in \"" + repository + "\"");
  s.put("empty/README", "");
  CHECK(s.refusal(s.at("empty")) ==
        "cannot read \"" + s.at("empty") + "\": a directory without *.patch files, and no Maildir");
  std::filesystem::create_directories(s.at("mail/cur"));
  CHECK(s.refusal(s.at("mail")) == "cannot read \"" + s.at("mail") + "\": a Maildir without messages");
  CHECK(s.refusal("/dev/zero") == "cannot read \"/dev/zero\": more than 64 MiB of mail");
  s.put("broken.gz",
        "\x1F\x8B"
        "broken");
  CHECK(s.refusal(s.at("broken.gz")).find("cannot read \"" + s.at("broken.gz") + "\": gzip: ") == 0);
  CHECK(gather({}, "", s.repository.path()).error().message ==
        "cannot read a series: no file, directory, Message-ID or git range was named; \"-\" reads standard input");
}

TEST_CASE("a range with a merge in it is refused") {
  ScratchRepository repository;
  repository.write("a", "1\n");
  repository.commit("one\n");
  repository.git({"checkout", "-q", "-b", "side"});
  repository.write("b", "1\n");
  repository.commit("two\n");
  repository.git({"checkout", "-q", "main"});
  repository.write("c", "1\n");
  repository.commit("three\n");
  repository.git({"merge", "-q", "--no-edit", "side"});
  const auto sources = gather({"main~1..main"}, "", repository.path());
  REQUIRE_FALSE(sources.has_value());
  CHECK(sources.error().message ==
        "cannot read \"main~1..main\": 1 of its 2 commits is a merge, which no patch can carry; rebase it "
        "first");
}
