// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_LIVE_MACHINE_HPP
#define ASSENT_EXAMPLES_HOT_ADD_LIVE_MACHINE_HPP

#include "live_source.hpp"
#include "live_source_report.hpp"
#include "names.hpp"
#include "timeline.hpp"

#include <assent/windows/partition.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace hot_add {

/// One more than the highest processor number that the running kernel can ever use.
[[nodiscard]] inline ULONG possible_processors(const sysfs_reader& reader, const unit_sets& present) {
    const auto text = sysfs_reader::first_line(reader.root() / "cpu" / "possible");
    const auto list = text ? parse_index_list(*text) : std::nullopt;
    const std::size_t listed = list && !list->empty() ? std::size_t{*list->rbegin()} + 1 : 0;
    const std::size_t seen = present.processors.empty() ? 0 : std::size_t{*present.processors.rbegin()} + 1;
    return static_cast<ULONG>(std::max(listed, seen));
}

/// A partition that follows the kernel. The kernel's numbers may have gaps; the partition's indexes count in the
/// order of arrival.
///
/// Threads  one thread.
class live_machine {
public:
    live_machine(const unit_sets& present, ULONG maximum, timeline& log)
        : log_(log), partition_({.processor_numbers = {present.processors.begin(), present.processors.end()},
                                 .maximum_processors = maximum,
                                 .memory_modules = static_cast<ULONG>(present.memory_blocks.size()),
                                 .observer = &log}) {
        for (const unsigned number : present.processors) remember(processors_, number);
        for (const unsigned number : present.memory_blocks) remember(memory_modules_, number);
    }

    [[nodiscard]] assent::windows::partition& partition() noexcept { return partition_; }
    [[nodiscard]] const assent::windows::partition& partition() const noexcept { return partition_; }

    /// Makes the partition do what the kernel did; returns when the drivers have been told.
    void apply(const change& what) {
        log_.say("kernel", describe(what));
        const auto& indexes = what.unit == unit_kind::processor ? processors_ : memory_modules_;
        const auto known = indexes.find(what.index);
        if (known != indexes.end()) {
            // An interface that is enabled is announced again by letting it go and come.
            if (what.kind != change_kind::appeared) set_online(what.unit, known->second, false);
            if (what.kind != change_kind::disappeared) set_online(what.unit, known->second, true);
        } else if (what.kind != change_kind::disappeared) {
            add(what);
        }
        partition_.settle();
    }

private:
    using index_map = std::map<unsigned, ULONG>; // the kernel's number to the partition's index

    static void remember(index_map& indexes, unsigned number) {
        indexes.emplace(number, static_cast<ULONG>(indexes.size()));
    }

    void add(const change& what) {
        if (what.unit == unit_kind::memory) {
            const ULONG index = partition_.add_memory_module();
            memory_modules_.emplace(what.index, index);
            log_.say("host", "added memory module " + std::to_string(index));
            return;
        }
        const assent::windows::addition result =
            partition_.add_processor([](ULONG) { return STATUS_SUCCESS; }, what.index);
        if (!NT_SUCCESS(result.status)) {
            // The kernel does not ask before it adds one, so it runs there all the same.
            log_.say("host", "addition failed with " + name_of_status(result.status) + ", rolled back");
            return;
        }
        processors_.emplace(what.index, result.index);
        log_.say("host", "added processor " + std::to_string(result.index));
    }

    void set_online(unit_kind unit, ULONG index, bool online) {
        const bool is_processor = unit == unit_kind::processor;
        log_.say("host", std::string(online ? "brings back" : "takes away") + " the interface of " +
                             (is_processor ? "processor " : "memory module ") + std::to_string(index));
        static_cast<void>(is_processor ? partition_.set_processor_online(index, online)
                                       : partition_.set_memory_online(index, online));
    }

    timeline& log_;
    assent::windows::partition partition_;
    index_map processors_;
    index_map memory_modules_;
};

} // namespace hot_add

#endif
