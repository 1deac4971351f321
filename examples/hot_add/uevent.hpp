// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_UEVENT_HPP
#define ASSENT_EXAMPLES_HOT_ADD_UEVENT_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hot_add {

/// One hot-plug message of the Linux kernel, as views into the datagram it was parsed from.
///
/// The kernel sends `ACTION@DEVPATH`, then `KEY=VALUE` strings, each ended by a NUL byte. A value may hold
/// anything but NUL: a processor's MODALIAS ends in a line feed.
struct uevent {
    std::string_view action;    ///< "add", "remove", "online", "offline", "change", ...
    std::string_view devpath;   ///< below /sys, e.g. "/devices/system/cpu/cpu1"
    std::string_view subsystem; ///< "cpu", "memory", "net", ...
    std::uint64_t seqnum = 0;   ///< counts the events of all subsystems, so gaps are normal
    std::string_view pairs;     ///< all `KEY=VALUE` strings, each with its NUL

    /// The value of the first pair with this key.
    [[nodiscard]] constexpr std::optional<std::string_view> value(std::string_view key) const noexcept;

    /// True if a program asked for the event by writing into a `uevent` file: it announces, nothing changed.
    /// Kernels since 4.13 mark such events; older ones do not.
    [[nodiscard]] constexpr bool synthetic() const noexcept { return value("SYNTH_UUID").has_value(); }

    /// Calls `visit(key, value)` for every pair, in the kernel's order.
    template <class Visitor> constexpr void for_each_pair(Visitor&& visit) const {
        for (std::string_view rest = pairs; !rest.empty();) {
            const std::string_view pair = rest.substr(0, rest.find('\0'));
            const std::size_t equals = pair.find('=');
            visit(pair.substr(0, equals), pair.substr(equals + 1));
            rest.remove_prefix(pair.size() + 1);
        }
    }
};

constexpr std::optional<std::string_view> uevent::value(std::string_view key) const noexcept {
    std::optional<std::string_view> found;
    for_each_pair([&](std::string_view name, std::string_view text) {
        if (!found && name == key) {
            found = text;
        }
    });
    return found;
}

/// Why bytes are not a hot-plug message of the kernel; the checks run in this order.
enum class uevent_error {
    none,
    empty,            ///< no bytes at all
    not_from_kernel,  ///< the device manager's own format ("libudev"), meant for other programs
    truncated,        ///< the last byte is not NUL: the end is missing
    no_header,        ///< the first string is not `action@/path`
    bad_pair,         ///< a string after the header is not `KEY=VALUE`
    duplicate_key,    ///< ACTION, DEVPATH, SUBSYSTEM or SEQNUM stands there twice
    action_mismatch,  ///< ACTION is missing or differs from the header's
    devpath_mismatch, ///< DEVPATH is missing or differs from the header's
    no_subsystem,     ///< SUBSYSTEM is missing or empty
    bad_seqnum,       ///< SEQNUM is missing or not a decimal number of 64 bits
};

/// What is wrong, in words for a report.
[[nodiscard]] constexpr std::string_view describe(uevent_error error) noexcept {
    switch (error) {
    case uevent_error::none:
        return "well-formed";
    case uevent_error::empty:
        return "empty message";
    case uevent_error::not_from_kernel:
        return "a device manager's message, not the kernel's";
    case uevent_error::truncated:
        return "cut off: the last string has no end";
    case uevent_error::no_header:
        return "does not start with action@/path";
    case uevent_error::bad_pair:
        return "a string that is not KEY=VALUE";
    case uevent_error::duplicate_key:
        return "a key that may stand there once stands there twice";
    case uevent_error::action_mismatch:
        return "ACTION missing or not the header's";
    case uevent_error::devpath_mismatch:
        return "DEVPATH missing or not the header's";
    case uevent_error::no_subsystem:
        return "SUBSYSTEM missing";
    case uevent_error::bad_seqnum:
        return "SEQNUM missing or not a number";
    }
    return "unknown";
}

/// Either a message or the reason why there is none.
struct uevent_result {
    uevent_error error = uevent_error::none;
    uevent event; ///< meaningful if error is none

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return error == uevent_error::none; }
};

/// Parses one datagram. Any bytes may be given; the result views into them.
///
/// Cost     O(bytes); no allocation.
[[nodiscard]] constexpr uevent_result parse_uevent(std::string_view bytes) noexcept {
    const auto failed = [](uevent_error error) { return uevent_result{error, {}}; };
    if (bytes.empty()) {
        return failed(uevent_error::empty);
    }
    if (bytes.starts_with(std::string_view("libudev\0", 8))) {
        return failed(uevent_error::not_from_kernel);
    }
    if (bytes.back() != '\0') {
        return failed(uevent_error::truncated);
    }
    const std::string_view header = bytes.substr(0, bytes.find('\0'));
    const std::size_t at = header.find('@'); // the first one: a path may hold more of them, an action none
    if (at == std::string_view::npos || at == 0 || !header.substr(at + 1).starts_with('/')) {
        return failed(uevent_error::no_header);
    }

    uevent event;
    event.pairs = bytes.substr(header.size() + 1);
    std::optional<std::string_view> action, devpath, subsystem, seqnum;
    for (std::string_view rest = event.pairs; !rest.empty();) {
        const std::string_view pair = rest.substr(0, rest.find('\0'));
        rest.remove_prefix(pair.size() + 1);
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return failed(uevent_error::bad_pair);
        }
        const std::string_view key = pair.substr(0, equals);
        auto* const slot = key == "ACTION"      ? &action
                           : key == "DEVPATH"   ? &devpath
                           : key == "SUBSYSTEM" ? &subsystem
                           : key == "SEQNUM"    ? &seqnum
                                                : nullptr;
        if (slot == nullptr) {
            continue;
        }
        if (slot->has_value()) {
            return failed(uevent_error::duplicate_key);
        }
        *slot = pair.substr(equals + 1);
    }

    event.action = header.substr(0, at);
    event.devpath = header.substr(at + 1);
    if (action != event.action) {
        return failed(uevent_error::action_mismatch);
    }
    if (devpath != event.devpath) {
        return failed(uevent_error::devpath_mismatch);
    }
    if (subsystem.value_or("").empty()) {
        return failed(uevent_error::no_subsystem);
    }
    event.subsystem = *subsystem;
    if (seqnum.value_or("").empty()) {
        return failed(uevent_error::bad_seqnum);
    }
    for (const char digit : *seqnum) { // by hand: std::from_chars is not constexpr before C++23
        const bool is_digit = digit >= '0' && digit <= '9';
        const auto unit = is_digit ? static_cast<std::uint64_t>(digit - '0') : 0;
        if (!is_digit || event.seqnum > (UINT64_MAX - unit) / 10) {
            return failed(uevent_error::bad_seqnum);
        }
        event.seqnum = event.seqnum * 10 + unit;
    }
    return {uevent_error::none, event};
}

} // namespace hot_add

#endif
