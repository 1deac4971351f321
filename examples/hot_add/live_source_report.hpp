// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_LIVE_SOURCE_REPORT_HPP
#define ASSENT_EXAMPLES_HOT_ADD_LIVE_SOURCE_REPORT_HPP

#include "live_source.hpp"

#include <cstdint>
#include <string>

namespace hot_add {

/// "processor 1 appeared", for a timeline.
[[nodiscard]] inline std::string describe(const change& what) {
    std::string text =
        (what.unit == unit_kind::processor ? "processor " : "memory block ") + std::to_string(what.index);
    switch (what.kind) {
    case change_kind::appeared:
        text += " appeared";
        break;
    case change_kind::disappeared:
        text += " disappeared";
        break;
    case change_kind::synthetic_add:
        text += " announced again";
        break;
    }
    return what.from_reread ? text + " (found in sysfs)" : text;
}

/// One line that accounts for every message; the rare kinds are named only if there were any.
[[nodiscard]] inline std::string describe(const live_counts& counts) {
    std::string text = std::to_string(counts.received) + " messages: " + std::to_string(counts.applied) +
                       " applied, " + std::to_string(counts.without_change) + " without change, " +
                       std::to_string(counts.other_subsystem) + " of other subsystems";
    const auto add = [&](std::uint64_t count, const char* what) {
        if (count != 0) {
            text += ", " + std::to_string(count) + " " + what;
        }
    };
    add(counts.malformed, "malformed");
    add(counts.truncated, "truncated");
    add(counts.overruns, "overruns");
    add(counts.foreign, "not from the kernel");
    add(counts.errors, "errors");
    text += "; sysfs read again " + std::to_string(counts.rereads) + " times";
    add(counts.failed_rereads, "failed readings");
    return text;
}

} // namespace hot_add

#endif
