// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_INTERFACE_CHANGE_HPP
#define ASSENT_WINDOWS_INTERFACE_CHANGE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/notification_routine.hpp>
#include <assent/windows/pnp_events.hpp>
#include <assent/windows/primitives/utf16.hpp>
#include <assent/windows/shown_name.hpp>

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace assent::windows {

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
    /// @param again  says, inside a replay, whether to tell everything once more (W16); may be empty
    explicit interface_receiver(const notification_routine& routine,
                                std::function<bool()> again = {}) noexcept
        : routine_(routine), again_(std::move(again)) {}

    void operator()(const interface_change::event_type& event) const noexcept {
        call(event);
        if (again_ && again_()) call(event);
    }

private:
    void call(const interface_change::event_type& event) const noexcept {
        const std::basic_string<WCHAR>& name = event.which->name;
        routine_.call(
            {"interface change", event.arrives ? "Arrival" : "Removal"},
            [&] { return to_utf8(name.data(), name.size()); },
            [&](const callback_scope& scope) { return show(event, scope); });
    }

    /// W17: structure and name belong to this call.
    NTSTATUS show(const interface_change::event_type& event, const callback_scope& scope) const {
        shown_name link(event.which->name);
        DEVICE_INTERFACE_CHANGE_NOTIFICATION notification{};
        notification.Version = 1;
        notification.Size = static_cast<USHORT>(sizeof(notification));
        notification.Event = event.arrives ? interface_arrival : interface_removal;
        notification.InterfaceClassGuid = event.which->of.guid;
        notification.SymbolicLinkName = link.get();
        const NTSTATUS returned = routine_.show(notification, scope);
        if (link.changed()) scope.report(58, "wrote to the interface's name");
        return returned;
    }

    notification_routine routine_;
    std::function<bool()> again_;
};

} // namespace assent::windows

template <> struct std::hash<assent::windows::interface_class> {
    std::size_t operator()(const assent::windows::interface_class& c) const noexcept {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(&c.guid), sizeof(GUID)});
    }
};

#endif
