// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_EXAMPLES_KERNEL_TRIGGER_HPP
#define ASSENT_TESTS_EXAMPLES_KERNEL_TRIGGER_HPP

#include "state_keeper.hpp"
#include "sysfs_reader.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <set>
#include <string>
#include <unistd.h>

namespace hot_add_test {

/// The exit status that tells a test runner "skipped".
inline constexpr int skipped = 77;

/// The file that makes the kernel announce a processor.
[[nodiscard]] inline std::string processor_uevent_file(unsigned index) {
    return "/sys/devices/system/cpu/cpu" + std::to_string(index) + "/uevent";
}

/// The file that takes a memory block offline and online.
[[nodiscard]] inline std::string memory_state_file(unsigned index) {
    return "/sys/devices/system/memory/memory" + std::to_string(index) + "/state";
}

/// The highest online processor whose uevent file may be written; else `why` says why there is none.
[[nodiscard]] inline std::optional<unsigned> find_announceable_processor(std::string& why) {
    const hot_add::sysfs_reading now = hot_add::sysfs_reader().read();
    if (!now) {
        why = now.error;
        return std::nullopt;
    }
    for (auto index = now.units.processors.rbegin(); index != now.units.processors.rend(); ++index) {
        const std::string file = processor_uevent_file(*index);
        // access() says yes to root even if sysfs is mounted read-only for a container; opening tells.
        const int opened = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
        if (opened >= 0) {
            ::close(opened);
            return *index;
        }
        why = file + ": " + std::strerror(errno) + "; run as root, where sysfs is writable";
    }
    return std::nullopt;
}

/// Makes the kernel send `action` for a processor; the processor itself does not change.
///
/// @return  0 or the error number.
[[nodiscard]] inline int announce_processor(unsigned index, const char* action = "add") {
    return state_keeper::write_file(processor_uevent_file(index).c_str(), action);
}

/// Takes a removable memory block offline; `keeper.restore()`, or the end of this process in any way, puts
/// it online again. The kernel refuses blocks whose pages it cannot move, so it tries one after the other,
/// the highest first, and leaves those it was refused as they are.
///
/// @return  the block's number; else `why` says why there is none.
[[nodiscard]] inline std::optional<unsigned> take_memory_block_offline(state_keeper& keeper,
                                                                       std::string& why) {
    if (!keeper.ready()) {
        why = "no child process could be started that would put the block back";
        return std::nullopt;
    }
    why = "no memory block is removable: the kernel has no memory hot-plug";
    const std::set<unsigned> blocks = hot_add::sysfs_reader().read().units.memory_blocks;
    for (auto index = blocks.rbegin(); index != blocks.rend(); ++index) {
        const std::string file = memory_state_file(*index);
        const std::string directory = file.substr(0, file.rfind('/'));
        if (hot_add::sysfs_reader::first_line(directory + "/removable") != "1") {
            continue;
        }
        const int error = keeper.change(file, "offline");
        if (error == 0) {
            return *index;
        }
        why = file + ": " + std::strerror(error);
        if (error == EACCES || error == EPERM || error == EROFS) {
            why += "; run as root, where sysfs is writable";
            return std::nullopt;
        }
    }
    return std::nullopt;
}

} // namespace hot_add_test

#endif
