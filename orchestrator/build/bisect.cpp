// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/bisect.hpp"

#include <charconv>

#include "build/git.hpp"
#include "build/scratch.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

asio::awaitable<Result<std::string>> git(fs::path repository, std::vector<std::string> arguments, std::string purpose,
                                         std::stop_token stop) {
  GitCall call;
  call.git_dir = std::move(repository);
  call.arguments = std::move(arguments);
  auto out = co_await git_output(std::move(call), std::move(purpose), stop);
  if (!out) co_return out.error();
  co_return std::string(trim(*out));
}

// "# first bad commit: [<commit>] subject" and its like.
std::string bracketed(std::string_view line) {
  const auto open = line.find('['), close = line.find(']');
  return close == std::string_view::npos || open > close ? std::string() : std::string(line.substr(open + 1, close - open - 1));
}

BisectAnswer read_log(const std::string& log) {
  BisectAnswer answer;
  for (const auto& line : split_lines(log)) {
    if (line.starts_with("# first bad commit: ")) answer.first_bad = bracketed(line);
    if (line.starts_with("# possible first bad commit: ")) answer.suspects.push_back(bracketed(line));
  }
  if (!answer.first_bad.empty()) answer.suspects.clear();
  return answer;
}

}  // namespace

asio::awaitable<Result<CommitsBetween>> commits_between(fs::path repository, std::string good, std::string bad, std::stop_token stop) {
  GitCall ancestor;
  ancestor.git_dir = repository;
  ancestor.arguments = {"merge-base", "--is-ancestor", good, bad};
  auto spec = git_process(ancestor);
  auto ended = co_await run_process(std::move(spec), stop);
  if (!ended) co_return ended.error();
  if (!ended->ok() && !ended->err.empty()) {
    Error error = lab_error("cannot look for the commits between {} and {}: git: {}", good.substr(0, 12), bad.substr(0, 12), ended->describe());
    error.tail = tail(ended->err, 5);
    co_return error;
  }
  CommitsBetween between;
  between.connected = ended->ok();
  std::vector<std::string> arguments{"rev-list", "--count", good + ".." + bad};
  auto count = co_await git(std::move(repository), std::move(arguments), "count the commits", stop);
  if (!count) co_return count.error();
  std::from_chars(count->data(), count->data() + count->size(), between.commits);
  co_return between;
}

asio::awaitable<Result<BisectAnswer>> bisect(fs::path repository, fs::path scratch, std::string good, std::string bad,
                                             std::vector<BisectMark> marks, std::stop_token stop) {
  std::error_code ignored;
  for (const auto& left : left_scratch(scratch, ".bisect-")) fs::remove_all(left, ignored);
  auto directory = TemporaryDirectory::create(scratch, scratch_prefix(".bisect-"));
  if (!directory) co_return directory.error();
  const fs::path own = directory->path() / "repository";
  std::vector<std::string> arguments{"init", "-q", "--bare", own.string()};
  auto made = co_await git(own, std::move(arguments), "make a repository for the bisection", stop);
  if (!made) co_return made.error();
  if (auto info = make_directories(own / "objects" / "info"); !info) co_return info.error();
  if (auto borrowed = write_file_atomic(own / "objects" / "info" / "alternates", (repository / "objects").string() + "\n"); !borrowed)
    co_return borrowed.error();
  // git wants a HEAD that there is.
  arguments = {"update-ref", "--no-deref", "HEAD", bad};
  auto head = co_await git(own, std::move(arguments), "begin the bisection", stop);
  if (!head) co_return head.error();
  std::string log = fmt::format("git bisect start '--no-checkout' '{}' '{}'\n", bad, good);
  for (const auto& mark : marks) log += fmt::format("git bisect {} {}\n", mark.mark, mark.commit);
  const fs::path file = directory->path() / "log";
  if (auto written = write_file_atomic(file, log); !written) co_return written.error();
  GitCall replay;
  replay.git_dir = own;
  replay.arguments = {"bisect", "replay", file.string()};
  replay.merge_stderr = true;
  auto spec = git_process(replay);
  auto replayed = co_await run_process(std::move(spec), stop);
  if (!replayed) co_return replayed.error();
  // Its exit status differs between ways to end; its log does not.
  arguments = {"bisect", "log"};
  auto said = co_await git(own, std::move(arguments), "read the log of the bisection", stop);
  if (!said) {
    said.error().tail = tail(replayed->out, 20);
    co_return said.error();
  }
  auto answer = read_log(*said);
  if (!answer.first_bad.empty() || !answer.suspects.empty()) co_return answer;
  arguments = {"rev-parse", "--verify", "BISECT_HEAD"};
  auto next = co_await git(own, std::move(arguments), "read where the bisection stands", stop);
  if (!next) {
    next.error().tail = tail(replayed->out, 20);
    co_return next.error();
  }
  answer.next = *next;
  // Marks that contradict one another leave git where it was.
  for (const auto& mark : marks)
    if (mark.commit == answer.next) {
      Error error = failed_error("cannot go on with the bisection at {}: it is marked already", answer.next.substr(0, 12));
      error.tail = tail(replayed->out, 20);
      co_return error;
    }
  co_return answer;
}

asio::awaitable<Result<CommitWords>> commit_words(fs::path repository, std::string commit, std::stop_token stop) {
  std::vector<std::string> arguments{"show", "-s", "--format=%s%n%an <%ae>", commit, "--"};
  auto out = co_await git(std::move(repository), std::move(arguments), "read the commit", stop);
  if (!out) co_return out.error();
  const auto lines = split_lines(*out);
  CommitWords words;
  if (!lines.empty()) words.subject = printable(lines[0]);
  if (lines.size() > 1) words.author = printable(lines[1]);
  co_return words;
}

}  // namespace klab
