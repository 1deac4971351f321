// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PARTITION_OPTIONS_HPP
#define ASSENT_WINDOWS_PARTITION_OPTIONS_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/base.h>
#include <assent/windows/knobs.hpp>
#include <assent/windows/observer.hpp>

#include <vector>

namespace assent::windows {

/// When the arrival and removal of device interfaces reach drivers.
enum class delivery : unsigned char {
    by_worker, ///< at once, in order, on a thread of the partition
    when_told, ///< when partition::settle() or deliver_one() is called, on that thread: deterministic
};

/// What a partition starts with.
struct partition_options {
    ULONG processors = 1; ///< running from the beginning, numbered from 0
    /// In place of `processors`, for a set with gaps: the numbers of those running from the beginning.
    std::vector<ULONG> processor_numbers{};
    ULONG maximum_processors = 64; ///< that there can be, the first ones included
    ULONG memory_modules = 1;
    delivery interface_delivery = delivery::by_worker;
    knobs answers{};
    partition_observer* observer = nullptr; ///< outlives the partition
};

} // namespace assent::windows

#endif
