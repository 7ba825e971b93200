// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/exit_codes.hpp"

namespace klab::cli {

int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::input:
      return exit_usage;
    case ErrorKind::failed:
      return exit_kernel_failed;
    case ErrorKind::lab:
    case ErrorKind::stopped:
      break;
  }
  return exit_no_result;
}

int exit_code_of(std::optional<Outcome> outcome, std::optional<int> report) {
  if (!outcome) return exit_no_result;
  if (is_failure(*outcome)) return exit_kernel_failed;
  if (*outcome != Outcome::ok) return exit_no_result;
  return report.value_or(exit_no_result);
}

}  // namespace klab::cli
