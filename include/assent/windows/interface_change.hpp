// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_INTERFACE_CHANGE_HPP
#define ASSENT_WINDOWS_INTERFACE_CHANGE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/callback_scope.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/observer.hpp>
#include <assent/windows/primitives/utf16.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace assent::windows {

namespace detail {
/// GUID_HWPROFILE_… to GUID_TARGET_DEVICE_…, by the digit they differ in. The names are the drivers' to declare.
constexpr GUID pnp_event(unsigned char digit) noexcept {
    return {0xcb3a4000U | digit, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
}
inline constexpr GUID interface_arrival = pnp_event(4);
inline constexpr GUID interface_removal = pnp_event(5);
} // namespace detail

/// An interface class; GUID with what a key needs.
struct interface_class {
    GUID guid{};
    friend bool operator==(const interface_class& a, const interface_class& b) noexcept {
        return std::memcmp(&a.guid, &b.guid, sizeof(GUID)) == 0;
    }
};

/// One device interface. Constant once made, so that events can refer to it.
struct device_interface {
    std::basic_string<WCHAR> name; ///< the symbolic link
    interface_class of;
};

/// Arrival and removal of device interfaces, by class, with replay of those that are enabled.
struct interface_change {
    struct event_type {
        std::shared_ptr<const device_interface> which;
        bool arrives;
    };
    using key_type = interface_class;
    using instance_type = std::shared_ptr<const device_interface>;
    static key_type key(const event_type& e) noexcept { return e.which->of; }
    static event_type arrival(const instance_type& i) noexcept { return {i, true}; }
    static event_type removal(const instance_type& i) noexcept { return {i, false}; }
};

/// A driver's routine as a callback of interface_change.
class interface_receiver {
public:
    interface_receiver(PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, PVOID context, driver* owner,
                       partition_observer* observer, std::function<bool()> again = {}) noexcept
        : routine_(routine), context_(context), owner_(owner), observer_(observer), again_(std::move(again)) {
    }

    void operator()(const interface_change::event_type& event) const noexcept {
        call(event);
        if (again_ && again_()) call(event);
    }

private:
    /// W17: structure and name belong to this call. Driver code does not throw.
    void call(const interface_change::event_type& event) const noexcept {
        const std::basic_string<WCHAR>& name = event.which->name;
        // On the heap, string and name in one block: a driver that keeps them is shown by AddressSanitizer. For want
        // of memory a callback is not left out; it sees the name itself.
        const std::size_t units = name.size() + 1;
        const std::unique_ptr<unsigned char[]> memory(
            new (std::nothrow) unsigned char[sizeof(UNICODE_STRING) + units * sizeof(WCHAR)]);
        UNICODE_STRING bare{};
        UNICODE_STRING* const link = memory == nullptr ? &bare : new (memory.get()) UNICODE_STRING{};
        if (memory != nullptr) {
            link->Buffer = reinterpret_cast<WCHAR*>(memory.get() + sizeof(UNICODE_STRING));
            std::copy_n(name.c_str(), units, link->Buffer);
        } else {
            link->Buffer = const_cast<WCHAR*>(name.c_str());
        }
        link->Length = static_cast<USHORT>(name.size() * sizeof(WCHAR));
        link->MaximumLength = static_cast<USHORT>(units * sizeof(WCHAR));
        const UNICODE_STRING before = *link;
        DEVICE_INTERFACE_CHANGE_NOTIFICATION notification{};
        notification.Version = 1;
        notification.Size = static_cast<USHORT>(sizeof(notification));
        notification.Event = event.arrives ? detail::interface_arrival : detail::interface_removal;
        notification.InterfaceClassGuid = event.which->of.guid;
        notification.SymbolicLinkName = link;
        NTSTATUS returned = 0;
        {
            const callback_scope scope(owner_, observer_, "interface change",
                                       event.arrives ? "Arrival" : "Removal");
            shown_structure shown(notification, scope, observer_ != nullptr);
            returned = routine_(shown.get(), context_);
            if (link->Buffer != before.Buffer || link->Length != before.Length ||
                name.compare(0, units, before.Buffer, units - 1) != 0)
                scope.report(58, "wrote to the interface's name");
            if (!NT_SUCCESS(returned))
                scope.report(28, "returned an error status for an event that asks nothing");
        }
        if (observer_ != nullptr) {
            const std::string subject = to_utf8(event.which->name.data(), event.which->name.size());
            observer_->called({owner_, "interface change", event.arrives ? "Arrival" : "Removal", subject,
                               STATUS_SUCCESS, returned});
        }
    }

    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine_;
    PVOID context_;
    driver* owner_;
    partition_observer* observer_;
    std::function<bool()> again_; ///< W16: whether this is a replay that tells everything twice
};

} // namespace assent::windows

template <> struct std::hash<assent::windows::interface_class> {
    std::size_t operator()(const assent::windows::interface_class& c) const noexcept {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(&c.guid), sizeof(GUID)});
    }
};

#endif
