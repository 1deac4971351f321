// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_SYSFS_READER_HPP
#define ASSENT_EXAMPLES_HOT_ADD_SYSFS_READER_HPP

#include "sysfs_list.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace hot_add {

/// What the kernel adds and removes one at a time.
enum class unit_kind { processor, memory };

/// The numbers of the processors and memory blocks that are online.
struct unit_sets {
    std::set<unsigned> processors;
    std::set<unsigned> memory_blocks;

    [[nodiscard]] std::set<unsigned>& of(unit_kind kind) noexcept {
        return kind == unit_kind::processor ? processors : memory_blocks;
    }
    [[nodiscard]] const std::set<unsigned>& of(unit_kind kind) const noexcept {
        return kind == unit_kind::processor ? processors : memory_blocks;
    }
    bool operator==(const unit_sets&) const = default;
};

/// What one look at sysfs gave.
struct sysfs_reading {
    unit_sets units;                ///< meaningful if error is empty
    std::string error;              ///< why nothing could be read, and what to do
    std::vector<std::string> notes; ///< what was missing or odd and had no influence on success

    [[nodiscard]] explicit operator bool() const noexcept { return error.empty(); }
};

/// Reads which processors and memory blocks are online from the kernel's system directory.
class sysfs_reader {
public:
    explicit sysfs_reader(std::filesystem::path root = "/sys/devices/system") : root_(std::move(root)) {}

    [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

    /// Reads everything. The files are not read at one instant: a change meanwhile is seen or not, and its
    /// own event follows in any case if a socket was opened before.
    ///
    /// Errors   no processor found: this is no sysfs. Missing memory files are a note: kernels are built
    ///          without memory hot-plug.
    [[nodiscard]] sysfs_reading read() const {
        sysfs_reading result;
        read_processors(result);
        read_memory(result);
        if (result.units.processors.empty()) {
            result.error = "no online processor found in " + (root_ / "cpu").string() +
                           ": mount sysfs there, or name the right directory";
        }
        return result;
    }

    /// Reads the state of one processor or memory block; what does not exist is not online.
    [[nodiscard]] bool online(unit_kind kind, unsigned index) const {
        if (kind == unit_kind::memory) {
            return first_line(memory_file(index, "state")) == "online";
        }
        if (const auto own = first_line(processor_directory(index) / "online")) {
            return *own == "1";
        }
        const auto listed = first_line(root_ / "cpu" / "online");
        const auto list = listed ? parse_index_list(*listed) : std::nullopt;
        return list && list->contains(index);
    }

    /// Bytes of one memory block, if the kernel says it.
    [[nodiscard]] std::optional<std::uint64_t> memory_block_bytes() const {
        const auto text = first_line(root_ / "memory" / "block_size_bytes");
        std::uint64_t bytes = 0;
        if (!text) {
            return std::nullopt;
        }
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), bytes, 16);
        return error == std::errc{} && end == text->data() + text->size() ? std::optional(bytes)
                                                                          : std::nullopt;
    }

    /// The first line of a file without its line feed; nothing if it cannot be read.
    [[nodiscard]] static std::optional<std::string> first_line(const std::filesystem::path& path) {
        std::ifstream file(path);
        std::string line;
        if (!std::getline(file, line) && !file.eof()) {
            return std::nullopt;
        }
        return file.bad() || !file.is_open() ? std::nullopt : std::optional(std::move(line));
    }

private:
    [[nodiscard]] std::filesystem::path processor_directory(unsigned index) const {
        return root_ / "cpu" / ("cpu" + std::to_string(index));
    }
    [[nodiscard]] std::filesystem::path memory_file(unsigned index, const char* name) const {
        return root_ / "memory" / ("memory" + std::to_string(index)) / name;
    }

    /// The numbers N of the directories `prefix`N.
    [[nodiscard]] static std::set<unsigned> numbered(const std::filesystem::path& directory,
                                                     std::string_view prefix) {
        std::set<unsigned> found;
        std::error_code error;
        // increment(error), not ++: an entry that vanishes during the walk must not throw.
        for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
             entry.increment(error)) {
            if (const auto index = index_after(entry->path().filename().string(), prefix)) {
                found.insert(*index);
            }
        }
        return found;
    }

    void read_processors(sysfs_reading& result) const {
        const auto text = first_line(root_ / "cpu" / "online");
        const auto list = text ? parse_index_list(*text) : std::nullopt;
        if (!text) {
            result.notes.push_back("cpu/online is missing; taking the processors' own files");
        } else if (!list) {
            result.notes.push_back("cpu/online holds \"" + *text +
                                   "\", no list; taking the processors' own files");
        } else {
            result.units.processors = *list;
        }
        // A processor's own file is read after the list and therefore newer: it decides. A processor without
        // one cannot go offline, so without a list it is online.
        for (const unsigned index : numbered(root_ / "cpu", "cpu")) {
            const auto own = first_line(processor_directory(index) / "online");
            if (own ? *own == "1" : !list) {
                result.units.processors.insert(index);
            } else if (own) {
                result.units.processors.erase(index);
            }
        }
    }

    void read_memory(sysfs_reading& result) const {
        const std::set<unsigned> blocks = numbered(root_ / "memory", "memory");
        if (blocks.empty()) {
            result.notes.push_back("no memory blocks: the kernel has no memory hot-plug");
        }
        for (const unsigned index : blocks) {
            const auto state = first_line(memory_file(index, "state"));
            if (!state) {
                result.notes.push_back("memory" + std::to_string(index) +
                                       "/state cannot be read; taken as offline");
            } else if (*state == "online") {
                result.units.memory_blocks.insert(index);
            }
        }
    }

    std::filesystem::path root_;
};

} // namespace hot_add

#endif
