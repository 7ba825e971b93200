// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "fuzz/target.hpp"
#include "intake/diff_check.hpp"
#include "intake/diff_path.hpp"
#include "util/text.hpp"

namespace klab::fuzz {

void diff(std::string_view input) {
  const auto files = check_diff(input, {"d", 1});
  if (!files) {
    hold_error(files.error(), "cannot use \"d\": ");
    hold(files.error().kind == ErrorKind::input, "a diff's fault is not the user's");
  } else {
    hold(!files->empty(), "a diff that changes nothing was let through");
    hold(std::is_sorted(files->begin(), files->end()), "the files are not sorted");
    hold(std::adjacent_find(files->begin(), files->end()) == files->end(), "a file came twice");
    for (const auto& file : *files)
      hold(path_objection(file).empty(), "\"{}\" was let through, {}", printable(file), path_objection(file));
    // What a mail program puts behind a patch changes nothing about it.
    if (input.ends_with('\n')) {
      const auto mailed = check_diff(std::string(input) + "-- \n2.39.5\n\n", {"d", 1});
      hold(mailed && *mailed == *files, "git's signature behind the diff: {}",
           mailed ? std::string("other files") : mailed.error().message);
    }
  }
  if (const auto at = find_diff(input)) {
    hold(*at < input.size() && (*at == 0 || input[*at - 1] == '\n'), "a diff within a line");
  } else {
    hold(!files, "check_diff let through what find_diff does not see");
  }
  for (const auto& blob : preimage_blobs(input)) {
    hold(blob.id.size() >= 7 && blob.id.size() <= 64, "a blob id of {} digits", blob.id.size());
    hold(blob.id.find_first_not_of("0123456789abcdef") == std::string::npos, "a blob id that is none");
  }
  for (const auto& line : split_lines(input.substr(0, 4096)))
    if (const auto path = unquote_path(line)) hold(path->size() <= line.size(), "unquoting made a path longer");
}

}  // namespace klab::fuzz
