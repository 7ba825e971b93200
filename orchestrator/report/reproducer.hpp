// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/experiment.hpp"

namespace klab::report {

// The Message-ID that a reply to the series answers: of its cover letter, else of its first patch; or empty.
std::string thread_message_id(const Series& series);

// The words of the `klab submit` that makes this experiment again, with the order of its boots; nothing where only
// an experiment file can. `commits` are those of the arms; empty where none was found. A series without a
// Message-ID that can be pasted stands as "series.mbox". Pure.
std::optional<std::vector<std::string>> submit_words(const ExperimentPlan& plan, const std::vector<std::string>& commits);

// Words as a command for a shell, in lines of at most `width` columns: paste it as it is. Pure.
std::string shell_command(const std::vector<std::string>& words, std::size_t width);

}  // namespace klab::report
