// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_ENTRY_TABLE_HPP
#define ASSENT_WINDOWS_ENTRY_TABLE_HPP

#include <assent/config.hpp>
#include <assent/core/handle_table.hpp>
#include <assent/core/registration.hpp>
#include <assent/core/unregister_result.hpp>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/driver.hpp>
#include <assent/windows/notification_entry.hpp>
#include <assent/windows/observer.hpp>
#include <assent/windows/partition_options.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace assent::windows {

/// All notification entries of a partition: what a registering function gives out is a handle of this table, made
/// to look like a pointer (W41).
/// Threads  everything; nothing of a driver runs under its lock.
class entry_table {
    using entry_pointer = std::shared_ptr<notification_entry>;

public:
    explicit entry_table(const partition_options& options) : options_(options) {}
    entry_table(const entry_table&) = delete;
    entry_table& operator=(const entry_table&) = delete;
    ~entry_table() {
        std::vector<handle> mine;
        all().for_each([&](handle h, const entry_pointer& e) {
            if (e->of(this)) mine.push_back(h);
        });
        for (const handle h : mine) drop(h);
    }

    const partition_options& options() const noexcept { return options_; }

    static PVOID to_pointer(handle h) noexcept {
        return reinterpret_cast<PVOID>(static_cast<std::uintptr_t>(h));
    }

    /// In two halves, because the pointer is given away before there is a registration; see entry_maker.
    handle reserve() { return all().reserve(); }
    bool put(handle to, entry_pointer entry) noexcept { return all().put(to, std::move(entry)); }
    void cancel(handle unused) noexcept { static_cast<void>(all().cancel(unused)); }
    void drop(handle which) noexcept { static_cast<void>(all().take(which)); }

    /// W38 to W41.
    NTSTATUS unregister(entry_kind kind, PVOID entry, bool wait) {
        const auto found = all().get(to_handle(entry));
        if (!found || !(*found)->of(this) || (*found)->kind() != kind) return no_entry();
        if (wait && (*found)->replaying_here()) { // W40
            report_violation(options_.observer, 40, (*found)->owner(), "unregistration",
                             "unregistered from inside its replay, waiting");
            if (options_.answers.refuses_unregistering_inside_replay) return STATUS_POSSIBLE_DEADLOCK;
        }
        const auto taken = all().take(to_handle(entry));
        if (!taken) return no_entry();
        registration r = (*taken)->release();
        if (wait) {
            r.unregister();
        } else {
            r.unregister(no_wait);
        }
        return STATUS_SUCCESS;
    }

    /// Unregisters what the driver still has, but keeps the entries: their handles stay valid to be given back.
    /// @return what they were (W45)
    std::vector<std::string> silence(driver& d) {
        std::vector<std::string> descriptions;
        for (const entry_pointer& e :
             those([&](const notification_entry& each) { return each.owner() == &d; })) {
            e->release().unregister();
            descriptions.push_back(e->description());
        }
        return descriptions;
    }

    /// W46: memory is being freed; if it holds the context of a live registration, the observer is told.
    void memory_freed(const void* memory, std::size_t size) {
        if (options_.observer == nullptr) return;
        const auto* const begin = static_cast<const unsigned char*>(memory);
        const auto within = [&](const notification_entry& e) {
            const auto* const context = static_cast<const unsigned char*>(e.context());
            return !e.claimed() && std::less_equal<>{}(begin, context) &&
                   std::less<>{}(context, begin + size);
        };
        for (const entry_pointer& e : those(within))
            report_violation(options_.observer, 46, e->owner(), "ExFreePool",
                             "freed the context of a live registration: " + e->description());
    }

private:
    /// One space of handles for all partitions, so that each knows the others' for what they are (W41). Never
    /// destroyed: partitions may be static.
    static handle_table<entry_pointer>& all() {
        static auto* const only = new handle_table<entry_pointer>;
        return *only;
    }
    static handle to_handle(PVOID pointer) noexcept {
        return static_cast<handle>(reinterpret_cast<std::uintptr_t>(pointer));
    }

    NTSTATUS no_entry() const noexcept {
        report_violation(options_.observer, 41, driver::running(), "unregistration",
                         "unregistered what is not, or no longer, registered here");
        return STATUS_INVALID_PARAMETER;
    }

    template <class Wanted> std::vector<entry_pointer> those(Wanted wanted) const {
        std::vector<entry_pointer> found;
        all().for_each([&](handle, const entry_pointer& e) {
            if (e->of(this) && wanted(*e)) found.push_back(e);
        });
        return found;
    }

    const partition_options& options_;
};

} // namespace assent::windows

#endif
