# The app as an image that needs no network and writes to /tmp alone: docs/deployment.md tells how it is run.
FROM python:3.11-slim-bookworm

WORKDIR /app
COPY requirements.txt requirements-cpu.txt ./
RUN pip install --no-cache-dir -r requirements-cpu.txt
COPY .ci .ci
RUN BIN=/usr/local/bin bash .ci/libraries && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml README.md LICENSE NOTICE app.py ./
COPY .streamlit .streamlit
COPY checkpoints checkpoints
COPY assets assets
COPY reid_core reid_core
COPY ui ui
COPY pages pages
RUN pip install --no-cache-dir --no-deps --editable .

# Nobody in particular; what is compiled at the start goes where it may write.
USER 10001:10001
ENV HOME=/tmp NUMBA_CACHE_DIR=/tmp/numba PYTHONUNBUFFERED=1
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["bash", "-c", "python .ci/compile.py && exec streamlit run app.py --server.port 8501 --server.address 0.0.0.0"]
