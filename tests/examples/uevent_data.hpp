// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_EXAMPLES_UEVENT_DATA_HPP
#define ASSENT_TESTS_EXAMPLES_UEVENT_DATA_HPP

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hot_add_test {

/// Where the recorded messages are: HOT_ADD_TEST_DATA if the build says so, else beside this file.
[[nodiscard]] inline std::filesystem::path data_directory() {
#if defined(HOT_ADD_TEST_DATA)
    return HOT_ADD_TEST_DATA;
#else
    return std::filesystem::path(__FILE__).parent_path() / "data";
#endif
}

/// The bytes of one recorded message, e.g. recorded("cpu_offline").
[[nodiscard]] inline std::string recorded(std::string_view name) {
    const std::filesystem::path path = data_directory() / (std::string(name) + ".bin");
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A message built by hand, in the kernel's form; `more` are further strings, each with its NUL.
[[nodiscard]] inline std::string made(std::string_view action, std::string_view devpath,
                                      std::string_view subsystem, std::string_view more = {}) {
    std::string text;
    const auto add = [&](std::string_view key, std::string_view value) { ((text += key) += value) += '\0'; };
    add(std::string(action) + "@", devpath);
    add("ACTION=", action);
    add("DEVPATH=", devpath);
    add("SUBSYSTEM=", subsystem);
    text += more;
    add("SEQNUM=", "7");
    return text;
}

} // namespace hot_add_test

#endif
