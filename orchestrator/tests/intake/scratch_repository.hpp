// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "model/series.hpp"
#include "util/file.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab::test {

// A git repository of its own, with fixed people and dates; every failure ends the test.
class ScratchRepository {
 public:
  ScratchRepository()
      : directory_(*TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-test-")) {
    git({"init", "-q", "-b", "main"});
  }

  const std::filesystem::path& path() const { return directory_.path(); }

  ProcessResult try_git(std::vector<std::string> arguments, std::string input = {}) const {
    ProcessSpec spec;
    spec.argv = {"git"};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.environment = std::vector<std::string>{
        "PATH=" + std::string(std::getenv("PATH")),
        "HOME=" + path().string(),
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_CONFIG_GLOBAL=/dev/null",
        "GIT_AUTHOR_NAME=Jörg Müller",
        "GIT_AUTHOR_EMAIL=joerg@example.org",
        "GIT_COMMITTER_NAME=Lab",
        "GIT_COMMITTER_EMAIL=lab@example.org",
        "GIT_AUTHOR_DATE=2026-06-03T06:40:11 -0700",
        "GIT_COMMITTER_DATE=2026-06-03T06:40:11 -0700",
    };
    spec.working_directory = path();
    spec.standard_input = std::move(input);
    spec.deadline = std::chrono::seconds(30);
    auto ran = run_process_blocking(std::move(spec));
    REQUIRE(ran.has_value());
    return std::move(*ran);
  }

  std::string git(std::vector<std::string> arguments, std::string input = {}) const {
    auto ran = try_git(arguments, std::move(input));
    INFO("git " << join(arguments, " ") << "\n" << ran.out << ran.err);
    REQUIRE(ran.ok());
    return std::string(trim(ran.out));
  }

  void write(const std::string& file, const std::string& content) const {
    REQUIRE(make_directories((path() / file).parent_path()).has_value());
    REQUIRE(write_file_atomic(path() / file, content).has_value());
  }

  void commit(const std::string& message) const {
    git({"add", "-A"});
    git({"commit", "-q", "-F", "-"}, message);
  }

  std::string tree(const std::string& commit) const { return git({"rev-parse", commit + "^{tree}"}); }

  // Applies the mails with plain git am on `base` in a detached checkout; the tree that comes out.
  std::string tree_after_am(const std::string& base, const std::vector<std::string>& mails) const {
    git({"checkout", "-q", "--detach", base});
    for (const auto& mail : mails) git({"am", "-q"}, mail);
    return tree("HEAD");
  }

 private:
  TemporaryDirectory directory_;
};

// Four commits on the tag "base", against files as the kernel has them: tabs, an umlaut, an empty
// context line, a file added, one renamed, one that is not UTF-8.
inline ScratchRepository kernel_like_repository() {
  ScratchRepository repository;
  const std::string head = "// SPDX-License-Identifier: GPL-2.0-only\n#include <linux/workqueue.h>\n\n";
  std::string pool = head;
  for (int i = 0; i < 20; ++i)
    pool += fmt::format(
        "static int pool_{}(struct worker_pool *pool)\n{{\n\tif (!pool)\n\t\treturn {};\n\n\treturn "
        "0;\n}}\n\n",
        i, i);
  repository.write("kernel/pool.c", pool);
  repository.write("kernel/Makefile", "obj-y += pool.o\n");
  repository.write("drivers/old_name.c", pool +
                                             "/* Gr\xF6\xDF"
                                             "e */\n");
  repository.commit("base");
  repository.git({"tag", "base"});
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  pool = replaced(pool, "\t\treturn 3;\n", "\t\treturn -EINVAL;\n");
  repository.write("kernel/pool.c", pool);
  repository.commit(
      "pool: return an error where there is no pool\n\nThe größte fault of all.\n\nFrom here on callers "
      "check.\n"
      "\nSigned-off-by: Jörg Müller <joerg@example.org>\n");
  repository.write("kernel/kick.c", head + "void kick_pool(struct worker_pool *pool)\n{\n}\n");
  repository.write("kernel/Makefile", "obj-y += pool.o kick.o\n");
  repository.commit("pool: add kick_pool()\n\nSigned-off-by: Jörg Müller <joerg@example.org>\n");
  repository.git({"mv", "drivers/old_name.c", "drivers/new_name.c"});
  pool = replaced(
      pool, "\t\treturn 17;\n",
      "\t\treturn 18; /* a line that is a good deal longer than what quoted-printable allows = 76 */\n");
  repository.write("kernel/pool.c", pool);
  repository.commit(
      "drivers: rename a file with a title that is long enough to be folded by git when it writes mail for "
      "it\n");
  repository.write("kernel/pool.c", replaced(pool, "\t\treturn 9;\n\n\treturn 0;\n",
                                             "\t\treturn 9;\n\n\tkick_pool(pool);\n\treturn 0;\n"));
  repository.commit("pool: use it\n");
  return repository;
}

inline std::vector<std::string> mails_of(const std::vector<klab::Patch>& patches) {
  std::vector<std::string> mails;
  for (const auto& patch : patches) mails.push_back(patch.mail);
  return mails;
}

}  // namespace klab::test
