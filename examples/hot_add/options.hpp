// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_OPTIONS_HPP
#define ASSENT_EXAMPLES_HOT_ADD_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace hot_add {

/// The command line, read.
struct options {
    bool help = false;
    bool live = false;
    bool sabotage = false;
    std::optional<std::chrono::duration<double>> length; ///< of the live mode; without it, until interrupted
    std::string error;                                   ///< not empty: what is wrong, in one line
};

inline constexpr const char* usage =
    "usage: hot_add [--sabotage]\n"
    "       hot_add --live [--for SECONDS]\n"
    "       hot_add --help\n"
    "\n"
    "Three drivers written against the Windows kernel's notification functions are told of processors and\n"
    "memory that are added. Prints every call of them, then what each believes and what is true.\n"
    "\n"
    "  (nothing)      plays a scripted day of a made-up machine\n"
    "  --sabotage     lets one driver miss an event, to see that the check at the end notices\n"
    "  --live         follows this computer: the Linux kernel's own hot-plug events\n"
    "  --for SECONDS  ends the live mode after that time; without it, interrupt it (Ctrl-C)\n"
    "\n"
    "exit status: 0 every driver believes what is true, 1 one does not, 2 it could not be tried\n";

/// "5" or "0.25": digits and at most one point, more than nothing, at most a year.
[[nodiscard]] inline std::optional<std::chrono::duration<double>> parse_seconds(const std::string& text) {
    // The characters are looked at first: strtod would take "inf", "0x10" and leading blanks.
    if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos) return std::nullopt;
    char* end = nullptr;
    const std::chrono::duration<double> length(std::strtod(text.c_str(), &end));
    constexpr std::chrono::hours year(365 * 24);
    if (*end != '\0' || length.count() <= 0 || length > year) return std::nullopt;
    return length;
}

[[nodiscard]] inline options parse_options(int count, const char* const* words) {
    options read;
    for (int i = 1; i < count && read.error.empty(); ++i) {
        const std::string_view word = words[i];
        if (word == "--help") {
            read.help = true;
        } else if (word == "--live") {
            read.live = true;
        } else if (word == "--sabotage") {
            read.sabotage = true;
        } else if (word == "--for") {
            const std::string given = ++i < count ? words[i] : "";
            read.length = parse_seconds(given);
            if (!read.length) {
                read.error =
                    "--for needs a number of seconds above 0, such as 5 or 0.5; got \"" + given + "\"";
            }
        } else {
            read.error = "unknown option \"" + std::string(word) + "\"; --help lists what there is";
        }
    }
    if (read.error.empty() && read.length && !read.live) read.error = "--for belongs to --live";
    if (read.error.empty() && read.sabotage && read.live) {
        read.error = "--sabotage belongs to the scripted day, not to --live";
    }
    return read;
}

} // namespace hot_add

#endif
