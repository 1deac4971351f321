// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_EXAMPLES_FAKE_SYSFS_HPP
#define ASSENT_TESTS_EXAMPLES_FAKE_SYSFS_HPP

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hot_add_test {

/// A directory that looks like /sys/devices/system, in a temporary place; gone with the object.
class fake_sysfs {
public:
    fake_sysfs() {
        std::string name = (std::filesystem::temp_directory_path() / "hot_add_sysfs_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary directory");
        }
        root_ = name;
    }
    fake_sysfs(const fake_sysfs&) = delete;
    fake_sysfs& operator=(const fake_sysfs&) = delete;
    ~fake_sysfs() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

    void write(const std::filesystem::path& file, std::string_view text) const {
        std::filesystem::create_directories((root_ / file).parent_path());
        std::ofstream(root_ / file, std::ios::trunc) << text;
    }
    void remove(const std::filesystem::path& file) const { std::filesystem::remove_all(root_ / file); }

    void online_list(std::string_view list) const { write("cpu/online", std::string(list) + "\n"); }
    void processor(unsigned index, bool online) const {
        write("cpu/cpu" + std::to_string(index) + "/online", online ? "1\n" : "0\n");
    }
    void memory(unsigned index, std::string_view state) const {
        write("memory/memory" + std::to_string(index) + "/state", std::string(state) + "\n");
    }

private:
    std::filesystem::path root_;
};

} // namespace hot_add_test

#endif
