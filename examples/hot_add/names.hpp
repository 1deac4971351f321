// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_NAMES_HPP
#define ASSENT_EXAMPLES_HOT_ADD_NAMES_HPP

#include <wdm.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace hot_add {

/// "STATUS_INSUFFICIENT_RESOURCES"; the number in hexadecimal for those that do not occur here.
[[nodiscard]] inline std::string name_of_status(NTSTATUS status) {
    switch (status) {
    case STATUS_SUCCESS:
        return "STATUS_SUCCESS";
    case STATUS_UNSUCCESSFUL:
        return "STATUS_UNSUCCESSFUL";
    case STATUS_INSUFFICIENT_RESOURCES:
        return "STATUS_INSUFFICIENT_RESOURCES";
    case STATUS_DEVICE_NOT_READY:
        return "STATUS_DEVICE_NOT_READY";
    case STATUS_INVALID_DEVICE_REQUEST:
        return "STATUS_INVALID_DEVICE_REQUEST";
    case STATUS_POSSIBLE_DEADLOCK:
        return "STATUS_POSSIBLE_DEADLOCK";
    default:
        break;
    }
    char text[16];
    static_cast<void>(std::snprintf(text, sizeof text, "0x%08lX", static_cast<unsigned long>(ULONG(status))));
    return text;
}

/// What a notification is about, for people.
struct short_subject {
    std::string text; ///< "processor 4"; for a symbolic link "ACPI#ACPI0007#4 (processor)"
    std::string kind; ///< "processor"; for a symbolic link "processor interface"
};

/// Shortens a subject. A symbolic link is a prefix, the device's path, and the class in braces, which is replaced
/// by a word.
[[nodiscard]] inline short_subject shorten(std::string_view subject) {
    constexpr std::string_view prefix = "\\??\\";
    if (!subject.starts_with(prefix))
        return {std::string(subject), std::string(subject.substr(0, subject.find(' ')))};
    subject.remove_prefix(prefix.size());
    const std::size_t brace = subject.find("#{");
    const std::string path(subject.substr(0, brace));
    if (brace == std::string_view::npos) return {path, "interface"};
    const std::string_view of = subject.substr(brace + 2, 8);
    if (of == "97fadb10") return {path + " (processor)", "processor interface"}; // GUID_DEVICE_PROCESSOR
    if (of == "3fd0f03d") return {path + " (memory)", "memory interface"};       // GUID_DEVICE_MEMORY
    return {path, "interface"};
}

/// "1 processor", "3 processors".
[[nodiscard]] inline std::string counted(std::size_t count, std::string_view what) {
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

} // namespace hot_add

#endif
