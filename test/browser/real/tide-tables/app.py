from pathlib import Path

import pandas as pd
import streamlit as st

st.set_page_config(page_title="Tide Tables", page_icon="🌊")


@st.cache_data
def levels() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parent / "levels.csv")


st.title("Tide Tables")
day = st.slider("Day", 1, 7, 1)
chosen = levels().query("day == @day").set_index("hour")["level"]
high, low = st.columns(2)
high.metric("High water", f"{chosen.max():.2f} m")
low.metric("Low water", f"{chosen.min():.2f} m")
st.line_chart(chosen, y_label="m")
